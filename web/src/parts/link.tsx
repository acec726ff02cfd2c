import type { ReactNode } from 'react';
import { formatAddress, goTo, useAddress } from '../address.ts';
import { formatMoment, shortenDigest } from '../text.ts';

/** The fields of time stay when somebody follows a link. */
const KEPT = ['asOf', 'knownAt'] as const;

interface ToProps {
  readonly ask: string | null;
  readonly fields?: Readonly<Record<string, string | null | undefined>>;
  readonly className?: string;
  readonly current?: boolean;
  readonly children: ReactNode;
}

/** A link to another view of the page. */
export function To({ ask, fields = {}, className, current, children }: ToProps) {
  const { fields: now } = useAddress();
  const time = Object.fromEntries(KEPT.map((name) => [name, now[name]]));
  const href = formatAddress(ask, { ...fields, ...time });
  return (
    <a
      href={href}
      className={className}
      aria-current={current === true ? 'page' : undefined}
      onClick={(event) => {
        if (event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
        event.preventDefault();
        goTo(href);
      }}
    >
      {children}
    </a>
  );
}

export function ReleaseLink({
  name,
  version,
}: {
  readonly name: string;
  readonly version: string;
}) {
  return (
    <To ask="provenance" fields={{ subject: `${name}@${version}` }} className="release">
      {name}
      <span className="version">@{version}</span>
    </To>
  );
}

export function ImageLink({ digest }: { readonly digest: string }) {
  return (
    <To ask="provenance" fields={{ subject: digest }} className="mono">
      {shortenDigest(digest)}
    </To>
  );
}

export function Owner({ owner }: { readonly owner: string | null }) {
  if (owner === null) return <span className="missing">no owner known</span>;
  return (
    <To ask="where" fields={{ owner }}>
      {owner}
    </To>
  );
}

export function Cluster({
  cluster,
  region,
}: {
  readonly cluster: string;
  readonly region: string | null;
}) {
  return (
    <>
      <To ask="where" fields={{ cluster }}>
        {cluster}
      </To>
      <span className="quiet"> {region ?? 'region unknown'}</span>
    </>
  );
}

export function Moment({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={at}>
      {formatMoment(at)}
    </time>
  );
}
