import type { ConstantRule } from '../program-constants.ts';

/** How a program of one project shows its version; each was tried on a real one. */
export interface ProgramRule extends ConstantRule {
  /** As package URLs call it. */
  readonly name: string;
  /** The names that its files have. */
  readonly file: RegExp;
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
  {
    name: 'httpd',
    file: /^(?:httpd|apache2)$/,
    before: '\0Apache/',
    version: /^(\d{1,3}\.\d{1,3}\.\d{1,3})(?=[\0 ])/,
    findLicence: () => 'Apache-2.0',
  },
  {
    name: 'mariadb',
    file: /^(?:mariadbd|mysqld)$/,
    before: '\0',
    version: /^(\d{2}\.\d{1,3}\.\d{1,3})(?=-MariaDB[\0-])/,
    findLicence: () => 'GPL-2.0-only',
  },
  {
    name: 'memcached',
    file: /^memcached$/,
    before: '\0memcached ',
    version: /^(\d{1,3}\.\d{1,3}\.\d{1,3})(?=[\0\n])/,
    findLicence: () => 'BSD-3-Clause',
  },
  {
    name: 'haproxy',
    file: /^haproxy$/,
    before: '\0 version ',
    isVariable: true,
    version: /^(\d{1,3}\.\d{1,3}\.\d{1,3})(?=(?:-[\w.+~]{1,60})?, released \d{4}\/)/,
    findLicence: () => 'GPL-2.0-or-later AND LGPL-2.1-only',
  },
  {
    name: 'varnish',
    file: /^varnishd$/,
    before: '\0varnish-',
    version: /^(\d{1,3}\.\d{1,3}\.\d{1,3})(?= revision [0-9a-f]{40}\0)/,
    findLicence: () => 'BSD-2-Clause',
  },
  {
    name: 'lighttpd',
    file: /^lighttpd$/,
    before: '\0lighttpd/',
    version: /^(\d{1,3}\.\d{1,3}\.\d{1,3})(?=[\0 ])/,
    findLicence: () => 'BSD-3-Clause',
  },
  {
    name: 'unbound',
    file: /^unbound(?:-checkconf|-control|-anchor)?$/,
    before: '\0unbound ',
    version: /^(\d{1,3}\.\d{1,3}\.\d{1,3})(?=\0)/,
    findLicence: () => 'BSD-3-Clause',
  },
  {
    name: 'dnsmasq',
    file: /^dnsmasq$/,
    before: '\0dnsmasq-',
    version: /^(\d\.\d{1,3}(?:\.\d{1,3})?)(?=\0)/,
    findLicence: () => 'GPL-2.0-only OR GPL-3.0-only',
  },
  {
    name: 'squid',
    file: /^squid$/,
    before: '\0squid/',
    version: /^(\d{1,3}\.\d{1,3}(?:\.\d{1,3}){0,2})(?=\0)/,
    findLicence: () => 'GPL-2.0-or-later',
  },
  {
    name: 'openssh',
    file: /^(?:sshd|ssh|sshd-session)$/,
    before: '\0OpenSSH_',
    version: /^(\d{1,3}\.\d{1,3}p\d{1,3})(?=[\0 ])/,
    findLicence: () => 'BSD-3-Clause',
  },
  {
    name: 'curl',
    file: /^curl$/,
    before: '\0curl/',
    version: /^(\d{1,3}\.\d{1,3}\.\d{1,3})(?=\0)/,
    findLicence: () => 'curl',
  },
  {
    name: 'git',
    file: /^git(?:-shell)?$/,
    before: 'git/',
    version: /^(\d{1,3}\.\d{1,3}\.\d{1,3})(?=\0)/,
    findLicence: () => 'GPL-2.0-only',
  },
  {
    name: 'lua',
    file: /^luac?[\d.]*$/,
    before: '$LuaVersion: Lua ',
    version: /^(\d\.\d\.\d{1,2})(?= )/,
    findLicence: () => 'MIT',
  },
  {
    name: 'bash',
    file: /^bash$/,
    before: '@(#)Bash version ',
    version: /^(\d{1,3}\.\d{1,3}\.\d{1,3})(?=\(\d{1,3}\) release)/,
    findLicence: () => 'GPL-3.0-or-later',
  },
  {
    name: 'busybox',
    file: /^busybox$/,
    before: '\0BusyBox v',
    version: /^(\d{1,3}\.\d{1,3}\.\d{1,3})(?= \()/,
    findLicence: () => 'GPL-2.0-only',
  },
];
