/** The decoders that a stranger's sound may reach: what people have, of what FFmpeg brings. */

/**
 * By FFmpeg's names. No video decoder is among them: a film's pictures are never decoded, not even to find out what
 * they are. What is left out are formats of games, studios and long dead players, which nobody tests any more.
 */
export const allowedDecoders: ReadonlySet<string> = new Set([
  'pcm_alaw', 'pcm_mulaw', 'pcm_s8', 'pcm_u8', 'pcm_s16le', 'pcm_s16be', 'pcm_s24le', 'pcm_s24be', 'pcm_s32le', 'pcm_s32be', 'pcm_s64le', 'pcm_s64be',
  'pcm_f16le', 'pcm_f24le', 'pcm_f32le', 'pcm_f32be', 'pcm_f64le', 'pcm_f64be', 'pcm_u16le', 'pcm_u16be', 'pcm_s8_planar', 'pcm_s16le_planar',
  'pcm_s16be_planar', 'pcm_bluray', 'pcm_dvd', 's302m',
  'adpcm_ms', 'adpcm_ima_wav', 'adpcm_ima_qt', 'adpcm_swf', 'adpcm_yamaha', 'g722', 'g726', 'g726le', 'g723_1', 'g729',
  'mp1float', 'mp1', 'mp2float', 'mp2', 'mp3float', 'mp3', 'aac', 'aac_latm', 'alac', 'ac3', 'eac3', 'dca', 'flac', 'vorbis', 'opus', 'libopus', 'libvorbis', 'speex',
  'amrnb', 'amrwb', 'gsm', 'gsm_ms', 'ilbc', 'truespeech', 'nellymoser', 'mace3', 'mace6', 'qdm2', 'qcelp', 'wmav1', 'wmav2', 'wmapro', 'wmavoice', 'wmalossless',
]);
