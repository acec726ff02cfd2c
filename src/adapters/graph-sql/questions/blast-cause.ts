/** Which of these; null: of all. */
export interface CauseFilter {
  readonly among: readonly number[] | null;
  readonly limit: number;
}

/** What images and releases may rest on. Rows of later positions are not seen. */
export interface Cause {
  readonly matched: readonly string[];
  readonly matchedMore: boolean;
  /** Images that rest on it, each once. */
  listImages(wanted: CauseFilter): Promise<readonly number[]>;
  /** Releases whose own record says so, whatever is known of their images. */
  listReleases(wanted: CauseFilter): Promise<readonly number[]>;
  /** Of these releases, those of which no evidence says whether they rest on it. */
  selectUnknown(releases: readonly number[]): Promise<readonly number[]>;
}
