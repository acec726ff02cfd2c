import { getRawAsset } from 'node:sea';
import { createLoader } from './create-loader.ts';

/** `require` in the executable, whose pieces are its assets. It never reads the disk. */
export const load: (id: string) => unknown = createLoader((id) => ({
  text: new Uint8Array(getRawAsset(id)),
  compiled: new Uint8Array(getRawAsset(`${id}.compiled`)),
  file: `waybill:${id}`,
  folder: '.',
}));
