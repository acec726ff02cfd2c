import { orThrow } from '../../../src/core/result.ts';
import {
  RpcError,
  readChanges,
  readLine,
  readMessage,
  readObject,
  readPosition,
  readText,
  readVersion,
} from '../../../src/entrypoints/cli/lsp/messages.ts';
import { applyChange, planEdit, splitLines } from '../../../src/entrypoints/cli/lsp/text-places.ts';
import { parseJson } from '../../../src/formats/json/parse.ts';
import { encodeFrame, FrameReader } from '../../../src/formats/rpc/frames.ts';
import type { Target } from './target.ts';

const MESSAGES = 'entrypoints/cli/lsp/messages.ts';
const CALLS = [
  ...['readObject', 'readText', 'readLine', 'readVersion'],
  ...['readChanges', 'readPosition'],
];
const BYTES_MAX = 64 * 1024;

const AT = { line: 0, character: 1 };
const CALL = {
  ...{ jsonrpc: '2.0', id: 1, method: 'textDocument/hover' },
  params: {
    textDocument: { uri: 'file:///shop/package-lock.json', version: 2 },
    position: { line: 1, character: 0 },
    contentChanges: [{ range: { start: AT, end: AT }, text: 'x' }, { text: 'y' }],
  },
};

/** What an editor sends to the language server. */
export function listEditorTargets(): readonly Target[] {
  return [
    {
      name: 'messages of an editor',
      form: 'bytes',
      samples: [encodeFrame(CALL), Buffer.concat([encodeFrame(CALL), encodeFrame(CALL)])],
      read: readStream,
      reads: [`${MESSAGES} readMessage`],
    },
    {
      name: 'call of an editor',
      form: 'json',
      samples: [Buffer.from(JSON.stringify(CALL))],
      read: readCall,
      reads: CALLS.map((reader) => `${MESSAGES} ${reader}` as const),
    },
    {
      name: 'text of an editor',
      form: 'text',
      samples: [Buffer.from('a\r\nb\n')],
      read: (bytes) => {
        const text = Buffer.from(bytes).toString('utf8');
        return [splitLines(text), planEdit(text, `${text.slice(0, 3)}x`)];
      },
      reads: ['entrypoints/cli/lsp/text-places.ts splitLines'],
    },
  ];
}

function readStream(bytes: Uint8Array): unknown {
  const frames = orThrow(new FrameReader(BYTES_MAX).push(bytes));
  return frames.map((frame) => (frame.kind === 'message' ? readCall(frame.content) : frame));
}

/** A call that is answered by an error is one that was read. */
function readCall(bytes: Uint8Array): unknown {
  try {
    const call = readMessage(orThrow(parseJson(bytes, { bytesMax: BYTES_MAX })));
    if (call === null) return null;
    const named = readObject(call.parameters, 'textDocument');
    const position = readObject(call.parameters, 'position');
    const { character } = readPosition(position);
    const changes = readChanges(call.parameters);
    const after = changes.map((change) => applyChange('a\r\nb', change));
    return [readText(named, 'uri'), readVersion(named), readLine(position), character, after];
  } catch (thrown) {
    if (thrown instanceof RpcError) return thrown.code;
    throw thrown;
  }
}
