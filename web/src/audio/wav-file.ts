/** A WAV file (RIFF, 16-bit mono PCM) around bytes that are already s16le. */

export function toWavFile(s16le: Uint8Array<ArrayBuffer>, sampleRateHz: number): Blob {
  const header = new DataView(new ArrayBuffer(44));
  const writeText = (at: number, text: string) => {
    for (let i = 0; i < text.length; i++) header.setUint8(at + i, text.charCodeAt(i));
  };
  writeText(0, 'RIFF');
  header.setUint32(4, 36 + s16le.length, true);
  writeText(8, 'WAVEfmt ');
  header.setUint32(16, 16, true);
  header.setUint16(20, 1, true);
  header.setUint16(22, 1, true);
  header.setUint32(24, sampleRateHz, true);
  header.setUint32(28, sampleRateHz * 2, true);
  header.setUint16(32, 2, true);
  header.setUint16(34, 16, true);
  writeText(36, 'data');
  header.setUint32(40, s16le.length, true);
  return new Blob([header, s16le], { type: 'audio/wav' });
}
