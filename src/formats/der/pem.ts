const BLOCK = /-----BEGIN ([A-Z0-9 ]{1,40})-----([A-Za-z0-9+/=\s]*)-----END \1-----/g;

export interface PemBlock {
  readonly label: string;
  readonly bytes: Uint8Array;
}

/**
 * The blocks of PEM text (RFC 7468) in order; null when one of them cannot be read: no block is
 * skipped.
 */
export function readPem(text: string): readonly PemBlock[] | null {
  const blocks: PemBlock[] = [];
  for (const [, label = '', body = ''] of text.matchAll(BLOCK)) {
    const base64 = body.replace(/\s+/g, '');
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.length === 0 || bytes.toString('base64') !== base64) return null;
    blocks.push({ label, bytes });
  }
  return blocks.length === text.split('-----BEGIN').length - 1 ? blocks : null;
}

/** @example writePem('CERTIFICATE', certificate.der) */
export function writePem(label: string, bytes: Uint8Array): string {
  const lines =
    Buffer.from(bytes)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

/** A chain as PEM, leaf first. */
export function writeChainPem(chain: readonly Uint8Array[]): string {
  return chain.map((der) => writePem('CERTIFICATE', der)).join('');
}
