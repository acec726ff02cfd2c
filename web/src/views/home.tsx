import { To } from '../parts/link.tsx';
import { Search } from '../parts/search.tsx';

/** The questions that people begin with; the first two are those of the design (G3, G4). */
const PHRASES = [
  {
    text: 'Which releases, deployed to which clusters, are exposed to CVE-2021-44228?',
    ask: 'exposure',
    fields: { vulnerability: 'CVE-2021-44228' },
  },
  {
    text: 'Which of my releases have log4j version 2.12.3 as a dependency?',
    ask: 'releases',
    fields: { component: 'log4j-core@2.12.3' },
  },
  { text: 'What runs in which cluster?', ask: 'where', fields: {} },
  { text: 'What changed with the last import of advisories?', ask: 'changes', fields: {} },
  { text: 'Which signatures end in the next 30 days?', ask: 'expiries', fields: { within: '30d' } },
  { text: 'What did workloads do against policy?', ask: 'violations', fields: {} },
  { text: 'What runs without a signature, an SBOM or a fresh scan?', ask: 'missing', fields: {} },
  { text: 'Who owns which releases?', ask: 'owners', fields: {} },
] as const;

export function Home() {
  return (
    <div className="home">
      <h1>What runs where, and who says so?</h1>
      <Search text="" isLarge />
      <h2>Or begin with a question</h2>
      <ul className="cards">
        {PHRASES.map(({ text, ask, fields }) => (
          <li key={text} className="card phrase">
            <To ask={ask} fields={fields}>
              {text}
            </To>
          </li>
        ))}
      </ul>
    </div>
  );
}
