import { formatCount } from '../../../../core/count.ts';
import { Failure } from '../../../../core/failure.ts';
import { defineTable, type View } from '../view.ts';
import type { Licenses } from './answer.ts';

export const view: View<Licenses> = {
  tables: [
    defineTable({
      rows: ({ licenses }: Licenses) => licenses,
      columns: {
        LICENCE: ({ licence }) => licence ?? 'unknown',
        COMPONENTS: ({ components }) => String(components),
        'FIRST OF THEM': ({ examples }) => examples.slice(0, 3).join(', '),
      },
      none: 'no component\n',
    }),
  ],
  pickExitCode: (answer) => (isWhole(answer) ? 0 : 3),
  listNotes: ({ inventory, unread, more }) => [
    ...(inventory === 'partial' ? ['the inventory is partial: there may be other licences'] : []),
    ...(unread.length > 0
      ? [`${formatCount(unread.length, 'SBOM')} could not be read for licences`]
      : []),
    ...(more ? ['there are more SBOMs than one answer reads'] : []),
  ],
  refuse: ({ inventory }, { text }) =>
    inventory !== null
      ? null
      : new Failure(
          'FACT_UNKNOWN',
          `the components of ${text('subject')} are unknown`,
          'Import its SBOM: waybill graph import FILE --subject DIGEST.',
        ),
};

/** Whether what is not listed is not there. */
function isWhole({ unlicensed, inventory, unread, more }: Licenses): boolean {
  // mutant licence-that-nobody-states by graph-sql/licenses: value -> true
  const isStated = unlicensed === 0;
  // mutant licences-of-an-unread-sbom by graph-sql/licenses: remove operand 3
  return isStated && inventory === 'complete' && unread.length === 0 && !more;
}
