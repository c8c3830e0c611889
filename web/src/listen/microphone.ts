/** The microphone, or in plain words why there is none. */
import { ApiFailure } from '../api.ts';

/** Errors: ApiFailure `microphone`. */
export async function openMicrophone(): Promise<MediaStream> {
  // Browsers hand it out in secure contexts only: https, or localhost.
  if (!window.isSecureContext || typeof navigator.mediaDevices?.getUserMedia !== 'function') {
    throw failure('This page came over plain http, where browsers give no microphone. Over https or on localhost they do; a recorded file works everywhere.');
  }
  try {
    return await navigator.mediaDevices.getUserMedia({ audio: { channelCount: 1, echoCancellation: false } });
  } catch (thrown) {
    const name = thrown instanceof DOMException ? thrown.name : '';
    if (name === 'NotAllowedError') throw failure('The browser may not use the microphone. Allow it for this page beside the address, and try again.');
    if (name === 'NotFoundError') throw failure('There is no microphone here.');
    throw failure('The microphone could not be opened; another program may be using it.');
  }
}

export function closeMicrophone(microphone: MediaStream): void {
  microphone.getTracks().forEach((track) => track.stop());
}

function failure(message: string): ApiFailure {
  return new ApiFailure('microphone', message);
}
