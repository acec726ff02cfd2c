import sax from 'sax';
import { fail, ok, type Result } from '../../core/result.ts';

declare module 'sax' {
  // Its types are older than it.
  interface SAXOptions {
    readonly strictEntities?: boolean;
  }
  let MAX_BUFFER_LENGTH: number;
  interface SAXParser {
    /** What was read of a declaration that is still open. */
    readonly sgmlDecl: string;
  }
}

export interface XmlOptions {
  readonly bytesMax: number;
  readonly elementsMax?: number;
}

/** Names are as written, with their prefix: a reader of one format compares the local part. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly XmlElement[];
  /** Its own text and CDATA, without that of its children; not trimmed. */
  readonly text: string;
  /** From 1. */
  readonly line: number;
}

interface OpenElement extends XmlElement {
  readonly children: XmlElement[];
  text: string;
}

const NO_ATTRIBUTES: ReadonlyMap<string, string> = new Map();
const DEPTH_MAX = 100;
const ELEMENTS_MAX = 500_000;
/** The parser takes time by the square of an unknown declaration, so it sees one piece of it. */
const PIECE_CHARACTERS = 1_024;
/** `![CDATA`; what is longer is no declaration of a document without a type. */
const DECLARATION_MAX = 16;

/**
 * The root element of a well-formed XML 1.0 document. There is no document type, so that no entity
 * exists but the five of XML, and nothing expands or is fetched. Of an attribute
 * that occurs twice the first counts: the parser does not tell. A failure is MALFORMED, and its
 * message is the bare reason: the caller names the document.
 *
 * @example parseXml('<project/>', { bytesMax: LIMITS.dependencyFileBytesMax })
 */
export function parseXml(
  text: string,
  { bytesMax, elementsMax = ELEMENTS_MAX }: XmlOptions,
): Result<XmlElement> {
  // mutant xml-limit-is-in-bytes: operand -> text.length
  if (Buffer.byteLength(text) > bytesMax) return refuse('the document is too large');
  try {
    return ok(readRoot(text.startsWith('\uFEFF') ? text.slice(1) : text, elementsMax));
  } catch (thrown) {
    return refuse(thrown instanceof Flaw ? thrown.message : 'not well-formed XML', thrown);
  }
}

/** Ends the parser at the first thing that is refused. */
class Flaw extends Error {}

function readRoot(text: string, elementsMax: number): XmlElement {
  // By default it ends a comment or an attribute of 64 KiB with an error: we bound the document.
  sax.MAX_BUFFER_LENGTH = Number.POSITIVE_INFINITY;
  const parser = sax.parser(true, { strictEntities: true, position: true });
  const open: OpenElement[] = [];
  const roots: OpenElement[] = [];
  let count = 0;
  const stop = (why: string): never => {
    throw new Flaw(`${why} at line ${parser.line + 1}`);
  };
  parser.onerror = (error) => stop(error.message.split('\n')[0] ?? 'not well-formed XML');
  parser.ondoctype = () => stop('a document type is refused');
  parser.onsgmldeclaration = () => stop('an unknown declaration is refused');
  parser.onopentag = ({ name, attributes }) => {
    count += 1;
    // mutant xml-depth: condition -> false
    if (open.length >= DEPTH_MAX) stop('elements are nested too deeply');
    if (count > elementsMax) stop('there are too many elements');
    const stated = Object.entries(attributes as Record<string, string>);
    const element: OpenElement = {
      name,
      attributes: stated.length === 0 ? NO_ATTRIBUTES : new Map(stated),
      children: [],
      text: '',
      line: parser.line + 1,
    };
    // mutant xml-two-roots: condition -> false
    if (open.length === 0 && roots.length > 0) stop('there is more than one root element');
    (open.at(-1)?.children ?? roots).push(element);
    open.push(element);
  };
  parser.onclosetag = () => {
    open.pop();
  };
  const addText = (piece: string): void => {
    const element = open.at(-1);
    if (element !== undefined) element.text += piece;
  };
  parser.ontext = addText;
  parser.oncdata = addText;
  for (let at = 0; at < text.length; at += PIECE_CHARACTERS) {
    parser.write(text.slice(at, at + PIECE_CHARACTERS));
    // mutant xml-long-declaration: condition -> false
    if (parser.sgmlDecl.length > DECLARATION_MAX) stop('an unknown declaration is refused');
  }
  parser.close();
  const [root] = roots;
  return root ?? stop('there is no element');
}

/** The name without its prefix. */
export function takeLocalName({ name }: XmlElement): string {
  return name.slice(name.indexOf(':') + 1);
}

/** The first child of that local name. */
export function findChild(element: XmlElement, name: string): XmlElement | null {
  return element.children.find((child) => takeLocalName(child) === name) ?? null;
}

/** All children of that local name. */
export function listChildren(element: XmlElement, name: string): readonly XmlElement[] {
  return element.children.filter((child) => takeLocalName(child) === name);
}

/** The trimmed text of the first child of that name; null where it is absent or empty. */
export function takeChildText(element: XmlElement, name: string): string | null {
  return findChild(element, name)?.text.trim() || null;
}

function refuse(why: string, cause?: unknown): Result<never> {
  return fail('MALFORMED', why, 'Correct the document.', cause);
}
