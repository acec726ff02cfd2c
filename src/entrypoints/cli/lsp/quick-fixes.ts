import { join } from 'node:path';
import type { AdvisoryIndex } from '../../../capabilities/advisories/index.ts';
import { toOneLine } from '../../../core/one-line.ts';
import { planFixes } from '../../../phases/develop/index.ts';
import { createCommandBudget } from '../../../system/processes/reading-budget.ts';
import type { Examination, Mark } from './examine-document.ts';
import { type OpenDocument, type OpenDocuments, toUri } from './open-documents.ts';
import { planEdit, type TextEdit } from './text-places.ts';

/** A change that an editor can make, for the marks that it fixes. */
export interface QuickFix {
  readonly title: string;
  readonly marks: readonly Mark[];
  readonly files: readonly {
    readonly uri: string;
    /** Null for a file that is not open. */
    readonly version: number | null;
    readonly edits: readonly TextEdit[];
  }[];
}

/** Packages of one line that are planned for; the others are left to `waybill fix`. */
const PLANS_MAX = 10;

/** What `waybill fix` would change for some marks of a document. It fetches nothing. */
export async function planQuickFixes(
  document: OpenDocument,
  marks: readonly Mark[],
  {
    examination: { tree, reading },
    index,
    documents,
  }: {
    readonly examination: Examination;
    readonly index: AdvisoryIndex;
    readonly documents: OpenDocuments;
  },
): Promise<readonly QuickFix[]> {
  const fixes: QuickFix[] = [];
  const asked = [...Map.groupBy(marks, ({ fix }) => fix)].slice(0, PLANS_MAX);
  for (const [only, own] of asked) {
    if (only === null) continue;
    const plan = await planFixes(tree, reading, {
      advisories: index,
      findDigest: async () => null,
      findVersion: () => null,
      reading: createCommandBudget(),
      only,
    });
    if (plan.changes.length === 0) continue;
    const [step] = plan.steps;
    const [command] = plan.commands;
    const after = command === undefined ? '' : `; then run ${command}`;
    fixes.push({
      title: toOneLine(`Waybill: ${step?.what ?? `fix ${only}`}${after}`),
      marks: own,
      files: plan.changes.map((change) => {
        const uri = toUri(join(document.root, ...change.file.split('/')));
        const open = documents.list().find(({ root, path }) => {
          return root === document.root && path === change.file;
        });
        const edits = [planEdit(decode(change.before), decode(change.after))];
        return { uri: open?.uri ?? uri, version: open?.version ?? null, edits };
      }),
    });
  }
  return fixes;
}

function decode(bytes: Uint8Array): string {
  return new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes);
}
