/** Reads one member of a zip archive (a wheel is one) as a stream. */
import yauzl from 'yauzl';

import { AntiphonError } from '../errors.ts';

/** Bytes of `member`, inflated as they are read. Errors: model_file_invalid where it is not a zip or has no such member. */
export async function* readZipMember(archivePath: string, member: string): AsyncGenerator<Uint8Array, void, undefined> {
  const zip = await yauzl.openPromise(archivePath, { autoClose: false, lazyEntries: true }).catch((thrown: unknown) => {
    throw new AntiphonError('model_file_invalid', 'the package is not a readable zip', { cause: thrown });
  });
  try {
    for await (const entry of zip.eachEntry()) {
      if (entry.fileName !== member) continue;
      const chunks: AsyncIterable<Uint8Array> = await zip.openReadStreamPromise(entry);
      yield* chunks;
      return;
    }
  } finally {
    zip.close();
  }
  throw new AntiphonError('model_file_invalid', `the package has no ${member}`);
}
