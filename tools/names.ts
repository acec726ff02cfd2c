// STYLE.md: types are nouns, functions are verbs with their object. test/conformance/names.test.ts
// holds every file to it.
import ts from 'typescript';

/** Past participles that do not end in `ed`, as the last word of a name. */
const IRREGULAR = new Set(
  (
    'Begun Bent Bound Broken Brought Built Bought Caught Chosen Cut Dealt Done Drawn Driven Eaten ' +
    'Fallen Felt Forgotten Found Frozen Given Gone Grown Heard Held Hidden Hit Hung Kept Known ' +
    'Laid Lain Led Left Lent Lost Made Meant Met Paid Proven Put Read Risen Said Seen Sent Shown ' +
    'Shut Sold Sought Spent Spoken Stolen Struck Sworn Taken Taught Told Thought Thrown Torn ' +
    'Understood Unread Unseen Unwritten Withheld Won Worn Written'
  ).split(' '),
);
/** Nouns that look like participles. */
const NOUNS = new Set(['Bound', 'Embed', 'Feed', 'Need', 'Seed', 'Speed']);

/** The types of a source that are named by a participle, and its functions named by `Of`. */
export function findNameFlaws(file: string, text: string): readonly string[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const flaws: string[] = [];
  const visit = (node: ts.Node): void => {
    const name = readDeclaredName(node);
    // mutant type-named-by-participle by names: remove
    if (name !== null && isType(node) && isParticiple(name)) flaws.push(`${file}: type ${name}`);
    // mutant function-named-by-of by names: remove
    if (name !== null && isFunction(node) && /Of$/.test(name))
      flaws.push(`${file}: function ${name}`);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return flaws;
}

function isParticiple(name: string): boolean {
  const word = takeLastWord(name);
  // mutant participle-that-is-a-noun by names: remove operand
  // mutant participle-irregular by names: remove operand 3
  // mutant participle-regular by names: remove operand 4
  return !NOUNS.has(word) && (IRREGULAR.has(word) || /^[A-Z][a-z]*ed$/.test(word));
}

function takeLastWord(name: string): string {
  // mutant participle-behind-other-words by names: value -> name
  return /[A-Z][a-z0-9]*$/.exec(name)?.[0] ?? name;
}

function readDeclaredName(node: ts.Node): string | null {
  const { name } = node as { readonly name?: ts.Node };
  return name !== undefined && ts.isIdentifier(name) ? name.text : null;
}

function isType(node: ts.Node): boolean {
  // mutant name-of-interface by names: remove operand
  // mutant name-of-type-alias by names: remove operand 2
  // mutant name-of-class by names: remove operand 3
  return (
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isClassDeclaration(node)
  );
}

function isFunction(node: ts.Node): boolean {
  // mutant name-of-method by names: remove operand 2
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node)) return true;
  // mutant name-of-method-in-a-port by names: remove
  if (ts.isMethodSignature(node)) return true;
  // mutant name-of-arrow-function by names: value -> false
  return (
    ts.isVariableDeclaration(node) &&
    node.initializer !== undefined &&
    ts.isArrowFunction(node.initializer)
  );
}
