import { useId } from 'react';
import { type Address, formatAddress, goTo } from '../address.ts';
import { type Field, QUESTIONS } from '../generated/questions.ts';

const TIMES = [
  { name: 'asOf', label: 'The world at', now: 'now', help: 'what was so then, as known now' },
  { name: 'knownAt', label: 'Known at', now: 'now', help: 'what the log said then' },
] as const;

const DAYS_MAX = 365;
const DAY_MS = 86_400_000;

/** The two kinds of time: how the world was, and what was known. Both are in the address. */
export function TimeBar({ address }: { readonly address: Address }) {
  const { ask, find, fields } = address;
  const taken = listTaken(ask);
  const shown = TIMES.filter(({ name }) => find !== null || taken.includes(name));
  if (shown.length === 0) return null;
  const isNow = shown.every(({ name }) => fields[name] === undefined);
  const set = (name: string, value: string | null): void => {
    const rest = find === null ? {} : { find };
    goTo(formatAddress(ask, { ...rest, ...fields, [name]: value }));
  };
  return (
    <details className={isNow ? 'time' : 'time past'} open={!isNow}>
      <summary>
        Time:{' '}
        {isNow
          ? 'now'
          : shown
              .flatMap(({ name, label }) =>
                fields[name] === undefined ? [] : `${label} ${fields[name]}`,
              )
              .join(', ')}
      </summary>
      <div className="times">
        {shown.map((one) => (
          <Slider
            key={`${one.name} ${fields[one.name]}`}
            {...one}
            value={fields[one.name] ?? null}
            set={set}
          />
        ))}
      </div>
    </details>
  );
}

function listTaken(ask: string | null): readonly string[] {
  if (ask === null || !Object.hasOwn(QUESTIONS, ask)) return [];
  const fields: readonly Field[] = QUESTIONS[ask as keyof typeof QUESTIONS].fields;
  return fields.map(({ name }) => name);
}

interface SliderProps {
  readonly name: string;
  readonly label: string;
  readonly help: string;
  readonly value: string | null;
  readonly set: (name: string, value: string | null) => void;
}

function Slider({ name, label, help, value, set }: SliderProps) {
  const id = useId();
  const daysAgo = value === null ? 0 : Math.round((Date.now() - Date.parse(value)) / DAY_MS);
  const finish = (text: string): void => {
    const days = DAYS_MAX - Number(text);
    if (days !== daysAgo) set(name, days === 0 ? null : toMoment(Date.now() - days * DAY_MS));
  };
  return (
    <fieldset>
      <legend>
        {label} <span className="quiet">({help})</span>
      </legend>
      <label htmlFor={`${id}-days`} className="unseen">
        {label}, days of the last year
      </label>
      <input
        id={`${id}-days`}
        type="range"
        min={0}
        max={DAYS_MAX}
        defaultValue={Math.max(0, DAYS_MAX - daysAgo)}
        aria-valuetext={value ?? 'now'}
        onPointerUp={(event) => finish(event.currentTarget.value)}
        onKeyUp={(event) => finish(event.currentTarget.value)}
      />
      <label htmlFor={`${id}-moment`} className="unseen">
        {label}, as a moment in UTC
      </label>
      <input
        id={`${id}-moment`}
        type="datetime-local"
        defaultValue={value?.slice(0, 16) ?? ''}
        onBlur={(event) => {
          const { value: text } = event.currentTarget;
          const next = text === '' ? null : `${text}:00Z`;
          if (next !== value) set(name, next);
        }}
      />
      <span className="quiet">UTC</span>
      {value !== null && (
        <button type="button" onClick={() => set(name, null)}>
          Now
        </button>
      )}
    </fieldset>
  );
}

function toMoment(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 16)}:00Z`;
}
