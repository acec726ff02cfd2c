import type { AskFailure } from '../api/ask.ts';

interface MoreProps {
  readonly pages: {
    readonly hasMore: boolean;
    readonly isLoading: boolean;
    readonly failure: AskFailure | null;
    readonly loadMore: () => void;
  };
}

/** The next page of an answer. That there is one is said, so that nobody takes a page for all. */
export function More({ pages: { hasMore, isLoading, failure, loadMore } }: MoreProps) {
  if (!hasMore) return null;
  return (
    <p className="more">
      <button type="button" onClick={loadMore} disabled={isLoading}>
        {isLoading ? 'Asking …' : 'Load the next page'}
      </button>{' '}
      <span className="quiet">The answer continues.</span>
      {failure !== null && (
        <span role="alert" className="missing">
          {' '}
          {failure.message}
        </span>
      )}
    </p>
  );
}
