import type { KeyStore } from '../../capabilities/signing/index.ts';
import type { Config } from '../config/config.ts';

export async function openKeys(config: Config): Promise<KeyStore> {
  const { openKeyStore } = await import('../../adapters/keys-file/index.ts');
  return openKeyStore(config.keys);
}
