import { GRAPH, SNAPSHOT, spdx3, TAG_VALUE, XML } from '../../support/sbom-forms.ts';
import type { Row } from './target.ts';

/** The forms of an SBOM that are not SPDX 2 or CycloneDX in JSON. */
export const SBOM_ROWS: readonly Row[] = [
  {
    reader: 'formats/spdx/tag-value.ts readTagValue',
    takes: 'text',
    form: 'text',
    samples: [TAG_VALUE],
    args: ['$', { tagsMax: 1_000, take: () => ({ ok: true, value: null }) }],
  },
  {
    reader: 'capabilities/inventory/sbom/spdx3-elements.ts readId',
    takes: 'object',
    form: 'json',
    samples: [...GRAPH],
    reads: [
      'capabilities/inventory/sbom/spdx3-elements.ts readType',
      'capabilities/inventory/sbom/spdx3-elements.ts readTexts',
      'capabilities/inventory/sbom/spdx3-elements.ts readObjects',
    ],
  },
  {
    reader: 'capabilities/inventory/sbom/translate-xml.ts translateXml',
    takes: 'text',
    form: 'text',
    samples: [XML],
  },
  {
    reader: 'capabilities/inventory/sbom/translate-tag-value.ts translateTagValue',
    takes: 'text',
    form: 'text',
    samples: [TAG_VALUE],
  },
  {
    reader: 'capabilities/inventory/sbom/translate-spdx3.ts translateSpdx3',
    takes: 'object',
    form: 'json',
    samples: [spdx3()],
  },
  {
    reader: 'capabilities/inventory/sbom/check/read-statements.ts readStatements',
    takes: 'bytes',
    form: 'text',
    samples: [TAG_VALUE, XML, spdx3(), SNAPSHOT],
  },
  {
    reader: 'capabilities/inventory/sbom/check/validate-sbom.ts validateSbom',
    takes: 'bytes',
    form: 'text',
    samples: [TAG_VALUE, XML, spdx3(), SNAPSHOT],
  },
];

/** Those in JSON, and all of them, for the readers of every form. */
export const JSON_SBOMS = [spdx3(), SNAPSHOT];
export const OTHER_SBOMS = [...JSON_SBOMS, TAG_VALUE, XML];
