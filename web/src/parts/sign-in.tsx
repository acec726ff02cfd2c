import { useId, useState } from 'react';
import type { AskFailure } from '../api/ask.ts';
import { keepToken, useToken } from '../api/token.ts';

/** Asks for a token with the role `read`. It is kept in this tab alone, until the tab is closed. */
export function SignIn({ why }: { readonly why: AskFailure }) {
  const [text, setText] = useState('');
  const held = useToken();
  const id = useId();
  return (
    <form
      className="sign-in"
      onSubmit={(event) => {
        event.preventDefault();
        if (text.trim() !== '') keepToken(text.trim());
      }}
    >
      <h2>Sign in</h2>
      {held !== null && (
        <p role="alert" className="missing">
          {why.message}.
        </p>
      )}
      <p>
        This server asks for a token with the role <code>read</code>. The page keeps it in this tab
        alone, until you close it or sign out.
      </p>
      <label htmlFor={id}>Token</label>
      <input
        id={id}
        type="password"
        autoComplete="off"
        spellCheck={false}
        value={text}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="submit" className="main">
        Sign in
      </button>
    </form>
  );
}
