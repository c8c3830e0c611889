import { describe, expect, it } from 'vitest';
import { read } from './cases/read-case.ts';
import type { TextCase } from './cases/read-case.ts';

const cases: readonly TextCase[] = [
  ['Write to bob@acme.com, please.', 'Write to bob at acme dot com, please.'],
  ['See https://github.com/foo/bar-baz.', 'See github dot com slash foo slash bar dash baz.'],
  ['http://127.0.0.1:8080/x', 'one twenty-seven dot zero dot zero dot one colon eighty eighty slash x'],
  ['the end.Then', 'the end.Then'],
  ['Edit ~/.bashrc now', 'Edit tilde slash dot bashrc now'],
  ['src/main.ts', 'S.R.C slash main dot T.S'],
  ['/etc/hosts', 'slash et cetera slash hosts'],
  ['Ubuntu 22.04', 'Ubuntu twenty-two point oh four'],
  ['v2', 'version two'],
  ['V8', 'V eight'],
  ['10.0.0.1:8080', 'ten dot zero dot zero dot one colon eighty eighty'],
  ['@jane_doe', 'at jane underscore doe'],
  ['5 @ home', 'five @ home'],
  ['#5', 'number five'],
  ['song.mp3', 'song dot M.P three'],
  ['a.m.', 'A.M.'],
];

describe('electronic', () => {
  for (const [written, said, locale] of cases) it(`${written} → ${said}`, () => expect(read(written, locale)).toBe(said));
});
