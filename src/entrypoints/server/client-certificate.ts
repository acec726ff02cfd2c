import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';

export interface Tls {
  readonly cert: string;
  readonly key: string;
  /** Whose client certificates may ask for verdicts; absent: everybody may. */
  readonly clientCa?: string;
}

/** What a new connection gets; also after the certificate was renewed. */
export function buildTlsContext({ cert, key, clientCa }: Tls) {
  return {
    cert,
    key,
    minVersion: 'TLSv1.2' as const,
    ...(clientCa === undefined ? {} : { ca: clientCa }),
  };
}

/** Of every client, because one port serves all; who shows none is refused where it counts. */
export function askForCertificate({ clientCa }: Tls) {
  return clientCa === undefined ? {} : { requestCert: true, rejectUnauthorized: false };
}

/** Whether the client has shown a certificate for clients by the authority of --client-ca. */
export function isKnownClient(socket: Socket): boolean {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return false;
  // Node.js calls a resumed session of TLS 1.3 authorised also where it never had a certificate.
  // mutant client-resumed-without-certificate by client-certificate: value -> true
  return socket.getPeerX509Certificate() !== undefined;
}
