// npm run accuracy: how often our matches agree with what others found, by ecosystem. It reads the
// optional test data (WAYBILL_TEST_DATA): recorded answers of OSV, and labels of people.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readJsonValues, testData } from '../support/test-data.ts';
import { AdvisoryCollection } from './advisory-collection.ts';
import { type Label, measureLabels } from './labels.ts';
import { measureQueries, type PackageQuery } from './queries.ts';
import { formatTable, type Score } from './score.ts';

const HELP = `npm run accuracy [-- --format json]

Matches package versions with the advisories of the optional test data (WAYBILL_TEST_DATA), and
compares the findings with

  queries   what OSV answered for the same package versions, as far as our data has the advisory
  labels    matches in real images that people called right or wrong; a label counts where our data
            has the advisory

It ends with 1 if an ecosystem is below 99.5 % of recall for the queries.
`;
const RECALL_MIN = 0.995;

const { values } = parseArgs({
  options: { help: { type: 'boolean' }, format: { type: 'string', default: 'text' } },
});
if (values.help === true) process.stdout.write(HELP);
else process.exitCode = await measure(values.format === 'json');

async function measure(asJson: boolean): Promise<number> {
  const [advisories, oracles] = [testData('advisories'), testData('oracles')];
  if (advisories === null || oracles === null) return 0;
  const files = readdirSync(advisories).filter((name) => /\.osv\.(?:nd)?json(?:\.gz)?$/.test(name));
  const collection = new AdvisoryCollection(
    files.flatMap((name) => readJsonValues(join(advisories, name))),
  );
  const read = (name: string): unknown => readJsonValues(join(oracles, name));
  const queries = await measureQueries(
    read('oracle-osv-querybatch.ndjson.gz') as readonly PackageQuery[],
    collection,
  );
  const labels = measureLabels(
    read('oracle-vuln-match-labels.ndjson.gz') as readonly Label[],
    collection,
  );
  const said = asJson
    ? `${JSON.stringify({ queries, labels }, null, 2)}\n`
    : `queries\n${formatTable(queries)}\nlabels\n${formatTable(labels)}`;
  process.stdout.write(said);
  return queries.some((score) => recall(score) < RECALL_MIN) ? 1 : 0;
}

function recall({ found, missed }: Score): number {
  return found + missed.length === 0 ? 1 : found / (found + missed.length);
}
