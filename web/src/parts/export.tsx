import { useState } from 'react';
import { ask, type Fields, type QuestionName, toAskFailure } from '../api/ask.ts';
import { formatCommand } from '../api/command-text.ts';

/** Comma-separated values (RFC 4180), in which no program of tables finds a formula. */
export function formatCsv(
  headers: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  return [headers, ...rows].map((row) => `${row.map(formatCell).join(',')}\r\n`).join('');
}

function formatCell(text: string): string {
  // The same rule as `--format csv` of the command line.
  const plain = text
    .replaceAll(CONTROLS, ' ')
    .replace(/(^|[;|,"])(\s*[=+\-@\uff1d\uff0b\uff0d\uff20])/g, "$1'$2");
  return /[",;']/.test(plain) || plain !== plain.trim()
    ? `"${plain.replaceAll('"', '""')}"`
    : plain;
}

const CONTROLS = /\p{Cc}/gu;

export function saveFile(name: string, type: string, content: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name.replaceAll(/[^\w.@-]+/g, '-').slice(0, 120);
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

interface ToolProps {
  readonly name: QuestionName;
  readonly fields: Fields;
  /** The rows of the main table; absent: there is none. */
  readonly table?: () => {
    readonly headers: readonly string[];
    readonly rows: readonly (readonly string[])[];
  };
  /** The picture; absent: there is none. */
  readonly picture?: () => string | null;
}

/** What can be taken away from a view: the question as a command, and its answer as files. */
export function Tools({ name, fields, table, picture }: ToolProps) {
  const command = formatCommand(name, fields);
  const [said, say] = useState('');
  const file = `${name}-${Object.values(fields)[0] ?? 'all'}`;
  const saveJson = async (): Promise<void> => {
    try {
      const { answer } = await ask(name, fields);
      saveFile(`${file}.json`, 'application/json', `${JSON.stringify(answer, null, 2)}\n`);
    } catch (thrown) {
      say(toAskFailure(thrown).message);
    }
  };
  return (
    <div className="tools">
      <code className="command" title={command}>
        {command}
      </code>
      <button
        type="button"
        className="main"
        onClick={() => {
          navigator.clipboard.writeText(command).then(
            () => say('The command is on the clipboard.'),
            () => say('The browser did not allow it: mark the command and copy it.'),
          );
        }}
      >
        Copy as command
      </button>
      {table !== undefined && (
        <button
          type="button"
          onClick={() => {
            const { headers, rows } = table();
            saveFile(`${file}.csv`, 'text/csv', formatCsv(headers, rows));
          }}
        >
          CSV
        </button>
      )}
      <button type="button" onClick={() => void saveJson()}>
        JSON
      </button>
      {picture !== undefined && (
        <button
          type="button"
          onClick={() => {
            const text = picture();
            if (text !== null) saveFile(`${file}.svg`, 'image/svg+xml', text);
          }}
        >
          SVG
        </button>
      )}
      <span role="status" className="quiet">
        {said}
      </span>
    </div>
  );
}
