import { useAnswer } from '../api/answer.ts';
import type { Fields } from '../api/ask.ts';
import type { Answers } from '../generated/answers.ts';
import { Tools } from '../parts/export.tsx';
import { Owner } from '../parts/link.tsx';
import { Answered, Verdict } from '../parts/states.tsx';
import { type Column, listTexts, Table } from '../parts/table.tsx';
import { Unseen } from '../parts/unseen.tsx';
import { formatCount, shortenDigest } from '../text.ts';

type Step = Answers['patch-plan']['steps'][number];
type Row = Step & { readonly upgrade: Step['upgrades'][number] };

const STEPS: readonly Column<Row>[] = [
  { title: 'Service', text: ({ service }) => service },
  {
    title: 'Owner',
    text: ({ owner }) => owner ?? '',
    show: ({ owner }) => <Owner owner={owner} />,
  },
  { title: 'Runs', text: ({ versions }) => versions.join(', ') },
  { title: 'Workloads', text: ({ workloads }) => String(workloads) },
  { title: 'Upgrade', text: ({ upgrade }) => upgrade.purl },
  {
    title: 'To',
    text: ({ upgrade }) => upgrade.fixed.slice(0, 3).join(', '),
    show: ({ upgrade }) =>
      upgrade.fixed.slice(0, 3).join(', ') || <span className="missing">no fix is known</span>,
  },
  { title: 'Shared', text: ({ upgrade }) => (upgrade.shared ? 'yes' : 'no') },
  { title: 'Runs in', text: ({ places }) => places.join(', ') },
];

const BASES: readonly Column<Answers['patch-plan']['bases'][number]>[] = [
  {
    title: 'Layer',
    text: ({ layer }) => layer,
    show: ({ layer }) => <code title={layer}>{shortenDigest(layer)}</code>,
  },
  { title: 'Components', text: ({ components }) => components.join(', ') },
  { title: 'Services', text: ({ services }) => services.join(', ') },
];

/** What is to be upgraded, and in which order. */
export function PatchPlanView({ fields }: { readonly fields: Fields }) {
  const loaded = useAnswer('patch-plan', fields);
  return (
    <>
      <h1>Patch plan for {fields['vulnerability']}</h1>
      <Answered loaded={loaded}>
        {({ answer, exitCode }) => {
          const { steps, bases, notRunning, open } = answer;
          const rows = steps.flatMap((step) =>
            step.upgrades.map((upgrade): Row => ({ ...step, upgrade })),
          );
          return (
            <>
              <Verdict
                exitCode={exitCode}
                bad={`${formatCount(steps.length, 'service')} that run need an upgrade`}
                open="Nothing that runs is known to need an upgrade, but not everything is known"
                good="Nothing that runs needs an upgrade"
              />
              <Unseen answer={answer} />
              <Tools name="patch-plan" fields={fields} table={() => listTexts(STEPS, rows)} />
              {bases.length > 0 && (
                <>
                  <h2>First, what several services share</h2>
                  <Table caption="Rebuild these bases once" columns={BASES} rows={bases} />
                </>
              )}
              <h2>Service by service</h2>
              <Table
                caption="Those with the most running workloads first"
                columns={STEPS}
                rows={rows}
                none="No service."
              />
              {notRunning > 0 && (
                <p className="quiet">
                  Left out, because not known to run: {formatCount(notRunning, 'exposed release')}.
                </p>
              )}
              {open && (
                <p className="missing">More may be exposed: its exposure says what is not known.</p>
              )}
            </>
          );
        }}
      </Answered>
    </>
  );
}
