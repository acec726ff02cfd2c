import { takeBaseName } from '../extractor.ts';

/**
 * Suffixes of texts, pictures, compressed files and the like: in a folder, a small file with one of
 * them is not opened to find out whether it is an archive. They are most files of a system.
 */
const PLAIN = new Set(
  [
    'html htm xhtml css scss sass less js mjs cjs jsx ts mts cts tsx map json jsonl json5',
    'ndjson md markdown rst txt text adoc tex log csv tsv xml xsd xsl dtd yaml yml toml ini',
    'cfg conf cnf properties env lock py pyc pyo pyi pyx pxd pth rb erb rake gemspec go mod',
    'sum java kt kts scala groovy clj c h cc cpp cxx hh hpp hxx s asm rs swift m mm',
    'cs fs vb php phpt pl pm pod t ph al lua vim el tcl tm r jl hs ml mli ex exs erl hrl d',
    'nim zig dart sh bash zsh fish csh ps1 bat cmd awk sed m4 ac am cmake make mk mak',
    'bazel bzl gyp gypi ninja gradle tf hcl proto thrift fbs graphql gql sql',
    'j2 mustache hbs ejs vue svelte patch diff po pot mo msg lang gmo png',
    'jpg jpeg gif svg ico icns webp bmp tif tiff xpm xbm pbm pgm ppm au wav mp3 mp4 ogg flac',
    'woff woff2 ttf otf eot pfb afm gz bz2 xz zst lz lz4 lzma br tgz tbz deb rpm pem crt cer',
    'key csr crl der p7s asc sig gpg pub sha1 sha224 sha256 sha384 sha512 md5 md5sums list',
    'triggers shlibs symbols control conffiles postinst preinst postrm prerm service socket',
    'timer target rules manifest mf pom ziphash repositories gitignore gitattributes',
    'gitmodules gitkeep npmignore npmrc nvmrc eslintrc eslintignore prettierrc prettierignore',
    'editorconfig nycrc flow coveragerc mailmap dockerignore nojekyll typed golangci',
    'pc class',
  ].flatMap((line) => line.split(' ')),
);

/** Whether the suffix of a file says that it is none of those. */
function isPlainKind(path: string): boolean {
  const base = takeBaseName(path);
  const suffix = base.slice(base.lastIndexOf('.') + 1);
  return PLAIN.has(suffix) || PLAIN.has(suffix.toLowerCase()) || MANUAL.test(base);
}

const MANUAL = /^[^.]+\.\d$/;

/** What somebody put aside keeps its name in front: `x-1.0.jar.txt`. */
const ASIDE = /\.(?:[jwe]ar|par|hpi|jpi|lpkg|nar|kar|sar|aar|zip)[.~_-]/i;

/** A zip archive without entries has so many bytes. */
export const ARCHIVE_BYTES_MIN = 22;

/**
 * Whether a file of a folder may be an archive, which its first bytes say: a copy may be called
 * anything.
 */
export function mayBeArchive(path: string, size: number): boolean {
  // mutant archive-put-aside-as-a-text by archive-name: operand 2 -> false
  const isTold = !isPlainKind(path) || ASIDE.test(takeBaseName(path));
  return size >= ARCHIVE_BYTES_MIN && isTold;
}
