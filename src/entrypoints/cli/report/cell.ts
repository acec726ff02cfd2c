import { toVulnerabilityUrl } from '../../../capabilities/advisories/index.ts';
import { getOwn } from '../../../core/own.ts';
import { colourText, type Style } from '../io.ts';
import { paint, type Span } from './block.ts';

interface CellText {
  /** The header of its column. */
  readonly name: string;
  /** All of the cell, without terminal codes. */
  readonly whole: string;
  /** The part that is shown. */
  readonly shown: string;
}

interface CellLook {
  readonly colour: boolean;
  readonly links: boolean;
}

const SEVERITY: Readonly<Record<string, Style>> = {
  critical: 'magenta',
  high: 'red',
  medium: 'yellow',
  low: 'cyan',
  unknown: 'bold',
};

/** The colours of values, wherever a column has one of these names. */
const STYLES: Readonly<Record<string, Readonly<Record<string, Style>>>> = {
  SEVERITY,
  VULNERABLE: SEVERITY,
  VERDICT: { allow: 'green', deny: 'red', undetermined: 'yellow' },
  BELOW: { '': 'dim' },
};

/** What can be the id of a record. */
const VULNERABILITY = /^[A-Z][A-Za-z]{1,20}-[\w.:-]{3,60}$/;

/** One cell with the colour of its value, and as a link where it names a vulnerability. */
export function paintCell({ name, whole, shown }: CellText, { colour, links }: CellLook): string {
  const style = colour ? findStyle(name, whole) : undefined;
  const painted = style === undefined ? shown : colourText(style, shown);
  if (!links || name !== 'ID' || !VULNERABILITY.test(whole)) return painted;
  return `\u001b]8;;${toVulnerabilityUrl(whole)}\u001b\\${painted}\u001b]8;;\u001b\\`;
}

function findStyle(name: string, whole: string): Style | undefined {
  const styles = getOwn(STYLES, name);
  if (styles === undefined) return undefined;
  if (name === 'BELOW') return styles[''];
  // The worst of several findings in one cell comes first in the table of styles.
  const words = name === 'VULNERABLE' ? whole.split(/[ ,]/) : whole.split(' ', 1);
  return Object.entries(styles).find(([word]) => words.includes(word))?.[1];
}

/** A text of ours, such as counts by severity, with the colour of each. */
export function paintSeverities(text: string): readonly Span[] {
  return text.split(/\b/).map((word) => {
    const style = getOwn(SEVERITY, word);
    return style === undefined ? word : paint(style, word);
  });
}
