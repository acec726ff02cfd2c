// node bench/upload.ts URL CA-FILE MEDIA-TYPE FILE: POSTs one file, prints `sending` when it begins
// and how long the acknowledgement took, in ms.
import { once } from 'node:events';
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { pipeline } from 'node:stream/promises';
import type { TLSSocket } from 'node:tls';

const [url = '', caFile = '', mediaType = '', file = ''] = process.argv.slice(2);
const headers = { 'content-type': mediaType, 'content-length': statSync(file).size };
const call = request(url, { method: 'POST', ca: readFileSync(caFile), headers });
call.flushHeaders();
const [socket] = (await once(call, 'socket')) as [TLSSocket];
if (socket.connecting || !socket.authorized) await once(socket, 'secureConnect');
console.log('sending');
const started = performance.now();
call.on('response', async (response) => {
  let text = '';
  for await (const chunk of response) text += String(chunk);
  if (response.statusCode !== 201) throw new Error(`${response.statusCode}: ${text.slice(0, 500)}`);
  console.log(performance.now() - started);
});
await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), call);
