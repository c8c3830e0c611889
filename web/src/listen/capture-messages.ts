/** What the audio thread tells the page while it listens. */

export const captureProcessorName = 'antiphon-capture';

/** Mono samples at the context's own rate, as they go over the wire. */
export type CapturedSamples = { readonly samples: Int16Array<ArrayBuffer> };
