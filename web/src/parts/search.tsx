import { useEffect, useId, useRef, useState } from 'react';
import { goTo, useAddress } from '../address.ts';

const VULNERABILITY = /^(?:CVE|GHSA|DSA|DLA|USN|RHSA|OSV|PYSEC|GO|RUSTSEC)-[\w:.-]+$/i;

/** One box for everything. An id of a vulnerability leads to its exposure at once. */
export function Search({
  text,
  isLarge = false,
}: {
  readonly text: string;
  readonly isLarge?: boolean;
}) {
  const [value, setValue] = useState(text);
  const input = useRef<HTMLInputElement>(null);
  const id = useId();
  const { fields } = useAddress();
  useEffect(() => {
    const focus = (event: KeyboardEvent): void => {
      const isTyping =
        event.target instanceof Element && event.target.matches('input, textarea, select');
      if (event.key !== '/' || isTyping || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      input.current?.focus();
    };
    window.addEventListener('keydown', focus);
    return () => window.removeEventListener('keydown', focus);
  }, []);
  return (
    <search>
      <form
        className={isLarge ? 'search large' : 'search'}
        onSubmit={(event) => {
          event.preventDefault();
          const asked = value.trim();
          if (asked === '') return;
          const query = new URLSearchParams(
            VULNERABILITY.test(asked) ? { ask: 'exposure', vulnerability: asked } : { find: asked },
          );
          for (const name of ['asOf', 'knownAt'] as const) {
            const time = fields[name];
            if (time !== undefined) query.set(name, time);
          }
          goTo(`?${query}`);
        }}
      >
        <label htmlFor={id} className={isLarge ? '' : 'unseen'}>
          CVE, package, image, release, commit, person, owner, signer or cluster
        </label>
        <input
          ref={input}
          id={id}
          type="search"
          value={value}
          placeholder={
            isLarge ? 'CVE-2021-44228, log4j-core@2.14.1, trips@1.4, team-a …' : 'Search ( / )'
          }
          autoComplete="off"
          spellCheck={false}
          maxLength={2_000}
          onChange={(event) => setValue(event.target.value)}
        />
        <button type="submit" className="main">
          Ask
        </button>
      </form>
    </search>
  );
}
