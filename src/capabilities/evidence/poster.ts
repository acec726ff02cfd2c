/**
 * Who posted a document to a server. The name stands in the media type, which is part of the leaf
 * of the log: nobody can take it away later without changing the root. A document without a poster
 * was recorded by this installation itself.
 */
export const POSTED_MARK = ';claimed-by=';
/** RFC 6838 §4.2: type and subtype, without parameters. */
const MEDIA_TYPE = /^[A-Za-z0-9][\w!#$&^.+-]{0,126}\/[A-Za-z0-9][\w!#$&^.+-]{0,126}/;

/** The media type of a posted document: what the poster said of the type, without parameters. */
export function markPosted(mediaType: string, poster: string): string {
  // mutant poster-names-another by ingest: value -> mediaType
  const bare = MEDIA_TYPE.exec(mediaType)?.[0] ?? 'application/octet-stream';
  return `${bare}${POSTED_MARK}${poster}`;
}

/** The two parts again; `poster` is null if this installation recorded the document itself. */
export function readPosted(marked: string): {
  readonly mediaType: string;
  readonly poster: string | null;
} {
  const at = marked.lastIndexOf(POSTED_MARK);
  if (at === -1) return { mediaType: marked, poster: null };
  return { mediaType: marked.slice(0, at), poster: marked.slice(at + POSTED_MARK.length) };
}
