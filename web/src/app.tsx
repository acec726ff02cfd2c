import { useEffect } from 'react';
import { type Address, useAddress } from './address.ts';
import type { Fields, QuestionName } from './api/ask.ts';
import { pickFields } from './api/command-text.ts';
import { keepToken, useToken } from './api/token.ts';
import { To } from './parts/link.tsx';
import { Search } from './parts/search.tsx';
import { TimeBar } from './parts/time-bar.tsx';
import { ComponentView } from './views/component.tsx';
import { BlastRadiusView, MissingView, OwnersView } from './views/duties.tsx';
import { EstateView } from './views/estate.tsx';
import { ChangesView, ExpiriesView, VerdictsView, ViolationsView } from './views/events.tsx';
import { ExposureView } from './views/exposure.tsx';
import { FindView } from './views/find.tsx';
import { FindingsView } from './views/findings.tsx';
import { GraphView } from './views/graph.tsx';
import { DiffView, LicensesView, TimelineView } from './views/history.tsx';
import { Home } from './views/home.tsx';
import { PatchPlanView } from './views/patch-plan.tsx';
import { ProvenanceView } from './views/provenance.tsx';

/** The views by their questions. A question without a view is not linked. */
const VIEWS = new Map<string, (props: { readonly fields: Fields }) => React.ReactNode>([
  ['exposure', ExposureView],
  ['releases', ComponentView],
  ['provenance', ProvenanceView],
  ['where', EstateView],
  ['findings', FindingsView],
  ['verdicts', VerdictsView],
  ['violations', ViolationsView],
  ['changes', ChangesView],
  ['expiries', ExpiriesView],
  ['timeline', TimelineView],
  ['diff', DiffView],
  ['licenses', LicensesView],
  ['owners', OwnersView],
  ['missing', MissingView],
  ['blast-radius', BlastRadiusView],
  ['patch-plan', PatchPlanView],
]);

const PLACES = [
  { ask: 'where', text: 'Estate' },
  { ask: 'changes', text: 'Changes' },
  { ask: 'expiries', text: 'Expiring' },
  { ask: 'violations', text: 'Violations' },
  { ask: 'missing', text: 'Missing' },
  { ask: 'owners', text: 'Owners' },
  { ask: 'graph', text: 'Graph' },
] as const;

export function App() {
  const address = useAddress();
  const title = nameView(address);
  useEffect(() => {
    document.title = `${title} – Waybill`;
  }, [title]);
  const isHome = address.ask === null && address.find === null;
  return (
    <>
      <a className="skip" href="#main">
        Skip to the answer
      </a>
      <header>
        <To ask={null} className="brand">
          <Mark /> Waybill
        </To>
        {!isHome && <Search key={address.find ?? title} text={readSearch(address)} />}
        <nav aria-label="Views">
          {PLACES.map(({ ask, text }) => (
            <To
              key={ask}
              ask={ask}
              current={address.ask === ask && address.fields['subject'] === undefined}
            >
              {text}
            </To>
          ))}
        </nav>
        <SignOut />
      </header>
      {!isHome && <TimeBar address={address} />}
      {/* The answer takes the focus when another view is opened. */}
      <main id="main" tabIndex={-1}>
        <Shown address={address} />
      </main>
      <footer>
        Every answer is that of <code>waybill ask</code>;{' '}
        <a href="v1/openapi.json">the interface</a> has the same questions.
      </footer>
    </>
  );
}

function Shown({ address: { ask, find, fields } }: { readonly address: Address }) {
  if (find !== null)
    return <FindView text={find} time={pickFields('releases', pickTime(fields))} />;
  if (ask === null) return <Home />;
  // Made from the answers to several questions.
  if (ask === 'graph') return <GraphView fields={fields} />;
  const View = VIEWS.get(ask);
  if (View === undefined) return <h1>There is no such view</h1>;
  return <View key={ask} fields={pickFields(ask as QuestionName, fields)} />;
}

function pickTime({ asOf, knownAt }: Fields): Fields {
  return { ...(asOf === undefined ? {} : { asOf }), ...(knownAt === undefined ? {} : { knownAt }) };
}

function readSearch({ find, fields }: Address): string {
  return (
    find ??
    fields['vulnerability'] ??
    fields['component'] ??
    fields['subject'] ??
    fields['owner'] ??
    ''
  );
}

function nameView({ ask, find, fields }: Address): string {
  if (find !== null) return find;
  if (ask === null) return 'Ask';
  const about =
    fields['vulnerability'] ?? fields['component'] ?? fields['subject'] ?? fields['cluster'];
  return about === undefined ? ask : `${ask} ${about}`;
}

function SignOut() {
  if (useToken() === null) return null;
  return (
    <button type="button" className="plain" onClick={() => keepToken(null)}>
      Sign out
    </button>
  );
}

function Mark() {
  return (
    <svg viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
      <rect width="32" height="32" rx="8" className="mark-ground" />
      <path d="M7 10l4 13 5-11 5 11 4-13" className="mark-line" />
    </svg>
  );
}
