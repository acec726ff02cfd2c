import type { BuildScript } from '../gradle/build-script.ts';
import type { Catalogue } from '../gradle/catalogue.ts';
import type { VerifiedHashes } from '../gradle/verification.ts';
import type { JavaLock } from '../lock/java-lock.ts';
import type { Pom } from '../pom/read-pom.ts';

/** What one file of a source tree says, which only counts beside the others. */
export type JavaSource =
  | { readonly kind: 'pom'; readonly pom: Pom }
  | { readonly kind: 'maven-config'; readonly given: ReadonlyMap<string, string> }
  | { readonly kind: 'lock'; readonly lock: JavaLock }
  | { readonly kind: 'script'; readonly script: BuildScript }
  | { readonly kind: 'catalogue'; readonly catalogue: Catalogue }
  | { readonly kind: 'properties'; readonly values: ReadonlyMap<string, string> }
  | { readonly kind: 'hashes'; readonly hashes: VerifiedHashes };

/** What one file of a source tree says (`Extraction.document`). */
export class JavaDocument {
  readonly source: JavaSource;

  constructor(source: JavaSource) {
    this.source = source;
  }
}
