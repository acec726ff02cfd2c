import { formatInstant } from '../../../../core/instant.ts';
import { defineTable, type View } from '../view.ts';
import type { Expiries, ExpiryAnswer } from './answer.ts';

const BY = {
  chain: 'certificate chain',
  signature: 'signature',
} as const satisfies Record<ExpiryAnswer['by'], string>;

export const view: View<Expiries> = {
  tables: [
    // A line for each release.
    defineTable({
      rows: ({ expiries }: Expiries) =>
        expiries.flatMap((one) => one.releases.map((release) => ({ ...one, release }))),
      columns: {
        ENDS: ({ endsAt }) => formatInstant(endsAt),
        WHAT: ({ by }) => BY[by],
        RELEASE: ({ release }) => release.name,
        VERSION: ({ release }) => release.version,
        SIGNED: ({ kind }) => kind,
        SIGNER: ({ signer }) => signer?.identity,
        IMAGE: ({ image }) => image,
      },
      none: ({ until }) =>
        `no release is known to lose a signature until ${formatInstant(until)}\n`,
    }),
  ],
  // 3 if others than those that are listed may end.
  // mutant expiry-that-nobody-recorded by expiries: value -> 0
  pickExitCode: ({ undated }) => (undated ? 3 : 0),
  listNotes: ({ until, undated }) => [
    `until ${formatInstant(until)}; a signature with a timestamp does not end with its chain`,
    ...(undated
      ? ['of some signatures no record says when they end: verify those releases again']
      : []),
  ],
};
