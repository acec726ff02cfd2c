// node bench/upload.ts URL CA-FILE MEDIA-TYPE FILE: POSTs one file and prints how long the acknowledgement took, in ms.
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { request } from 'node:https';
import { pipeline } from 'node:stream/promises';

const [url = '', caFile = '', mediaType = '', file = ''] = process.argv.slice(2);
const started = performance.now();
const headers = { 'content-type': mediaType, 'content-length': statSync(file).size };
const call = request(url, { method: 'POST', ca: readFileSync(caFile), headers });
call.on('response', async (response) => {
  let text = '';
  for await (const chunk of response) text += String(chunk);
  if (response.statusCode !== 201) throw new Error(`${response.statusCode}: ${text.slice(0, 500)}`);
  console.log(performance.now() - started);
});
await pipeline(createReadStream(file, { highWaterMark: 256 * 1024 }), call);
