import { sha256, takeHex } from '../../src/core/digest.ts';

export interface FormulaFacts {
  readonly version: string;
  /** The npm package, which Homebrew installs with its own Node.js, on macOS and Linux. */
  readonly tarball: Uint8Array;
  /** Where it will be published, without its name. */
  readonly downloads: string;
  readonly homepage: string;
}

/** The formula of Homebrew: it names the tarball by its digest (Formula Cookbook). */
export function formatFormula({ version, tarball, downloads, homepage }: FormulaFacts): string {
  return `class Waybill < Formula
  desc "Signed waybill for every container release, and a gate for Kubernetes"
  homepage "${requirePlain(homepage)}"
  url "${requirePlain(downloads)}/waybill-${requirePlain(version)}.tgz"
  sha256 "${takeHex(sha256(tarball))}"
  license "Apache-2.0"

  depends_on "node"

  def install
    system "npm", "install", *std_npm_args
    bin.install_symlink libexec.glob("bin/*")
    generate_completions_from_executable(bin/"waybill", "completion", shells: [:bash, :zsh, :fish])
  end

  test do
    assert_equal "waybill #{version}\\n", shell_output("#{bin}/waybill --version")
  end
end
`;
}

/** Ruby would evaluate `#{…}` in a text in double quotes. */
function requirePlain(text: string): string {
  if (/^[A-Za-z0-9._~:/+-]+$/.test(text)) return text;
  throw new Error(`"${text}" cannot be in a formula: use letters, digits and . _ ~ : / + -`);
}
