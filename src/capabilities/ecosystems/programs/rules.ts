/** How a program of one project shows its version; each was tried on a real one. */
export interface ProgramRule {
  /** As package URLs call it. */
  readonly name: string;
  /** The names that its files have. */
  readonly file: RegExp;
  /** What stands before the version in its constants. */
  readonly before: string;
  /** The version, and what must follow it. */
  readonly version: RegExp;
  /** Under which its project publishes that version. */
  findLicence(version: string): string;
}

export const PROGRAM_RULES: readonly ProgramRule[] = [
  {
    name: 'node',
    file: /^node(?:js)?(?:\.exe)?$/,
    before: 'node.js/v',
    version: /^(\d{1,3}\.\d{1,3}\.\d{1,3})(?![.\d-])/,
    findLicence: () => 'MIT',
  },
  {
    name: 'nginx',
    file: /^nginx(?:-debug)?$/,
    before: 'nginx version: nginx/',
    version: /^(\d{1,3}\.\d{1,3}\.\d{1,3})(?![.\d])/,
    findLicence: () => 'BSD-2-Clause',
  },
  {
    name: 'postgresql',
    file: /^postgres$/,
    before: '\0PostgreSQL ',
    version: /^(\d{1,3}\.\d{1,3}(?:\.\d{1,3})?)(?= (?:\([^()]{1,80}\) )?on )/,
    findLicence: () => 'PostgreSQL',
  },
  {
    name: 'ruby',
    file: /^(?:ruby[\d.]*|libruby[\w.-]*\.so[\d.]*)$/,
    before: '\0ruby ',
    version: /^(\d{1,3}\.\d{1,3}\.\d{1,3})(?=(?:p\d{1,5})? \(\d{4}-)/,
    findLicence: () => 'Ruby OR BSD-2-Clause',
  },
  {
    name: 'php',
    file: /^php(?:-fpm|-cgi)?[\d.]*$/,
    before: 'X-Powered-By: PHP/',
    version: /^(\d{1,3}\.\d{1,3}\.\d{1,3})(?![.\d-])/,
    findLicence: () => 'PHP-3.01',
  },
  {
    name: 'openssl',
    file: /^(?:openssl|lib(?:crypto|ssl)\.so[\d.]*)$/,
    before: '\0OpenSSL ',
    version: /^(\d\.\d{1,3}\.\d{1,3}[a-z]{0,2})(?= +\d{1,2} [A-Z][a-z]{2} \d{4}\0)/,
    findLicence: (version) => (/^[012]\./.test(version) ? 'OpenSSL' : 'Apache-2.0'),
  },
];
