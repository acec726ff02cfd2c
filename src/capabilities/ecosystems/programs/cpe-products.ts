/**
 * The programs that are known by their content, by vendor and product of their CPE names
 * (nvd.nist.gov/products/cpe). What NVD says of anything else is not read: names of products are
 * matched with nothing but these.
 */
const PRODUCTS: ReadonlyMap<string, string> = new Map([
  ['nodejs:node.js', 'node'],
  ['f5:nginx', 'nginx'],
  ['f5:nginx_open_source', 'nginx'],
  ['nginx:nginx', 'nginx'],
  ['postgresql:postgresql', 'postgresql'],
  ['python:python', 'python'],
  ['python_software_foundation:python', 'python'],
  ['ruby-lang:ruby', 'ruby'],
  ['php:php', 'php'],
  ['openssl:openssl', 'openssl'],
  ['apache:http_server', 'httpd'],
  ['mariadb:mariadb', 'mariadb'],
  ['memcached:memcached', 'memcached'],
  ['haproxy:haproxy', 'haproxy'],
  ['varnish-cache:varnish', 'varnish'],
  ['varnish_cache_project:varnish_cache', 'varnish'],
  ['varnish-software:varnish_cache', 'varnish'],
  ['lighttpd:lighttpd', 'lighttpd'],
  ['nlnetlabs:unbound', 'unbound'],
  ['thekelleys:dnsmasq', 'dnsmasq'],
  ['squid-cache:squid', 'squid'],
  ['openbsd:openssh', 'openssh'],
  ['haxx:curl', 'curl'],
  ['git-scm:git', 'git'],
  ['git:git', 'git'],
  ['lua:lua', 'lua'],
  ['gnu:bash', 'bash'],
  ['busybox:busybox', 'busybox'],
  ['redis:redis', 'redis'],
  ['redislabs:redis', 'redis'],
  // Oracle publishes the vulnerabilities of OpenJDK as those of its own builds.
  ['oracle:openjdk', 'openjdk'],
  ['oracle:jdk', 'openjdk'],
  ['oracle:jre', 'openjdk'],
]);

const PROGRAMS: ReadonlySet<string> = new Set(PRODUCTS.values());

/** The program that a product of a CPE name is; null for every other one. */
export function findCpeProgram(vendor: string, product: string): string | null {
  return PRODUCTS.get(`${vendor}:${product}`) ?? null;
}

/** Whether NVD has names for a program of this name. */
export function hasCpe(name: string): boolean {
  return PROGRAMS.has(name);
}
