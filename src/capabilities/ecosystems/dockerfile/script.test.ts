import { describe, expect, it } from 'vitest';
import { orThrow } from '../../../core/result.ts';
import { readAzurePipeline } from '../azure-pipelines/azure-pipelines.ts';
import { readActions } from '../github-actions/actions-format.ts';
import { readGitlabPipeline } from '../gitlab-ci/gitlab-ci.ts';
import { readScript } from './script.ts';

const read = (text: string) => readScript({ file: 'ci.yml', text, line: 10 });

const list = (text: string): readonly string[] => [
  ...read(text).dependencies.map(
    ({ ecosystem, requested, pinned, place }) =>
      `${ecosystem} ${requested} ${pinned} ${place.line}`,
  ),
  ...read(text).notLookedAt.map(({ kind, line }) => `? ${kind} ${line}`),
];

describe('truth A9: what the script of a pipeline installs is declared', () => {
  it.each([
    ['pip install requests', 'pypi requests no 10'],
    ['set -e\npython -m pip install requests==2.32.3', 'pypi requests==2.32.3 yes 11'],
    ['npm i -g typescript@5', 'npm typescript no 10'],
    ['if ! which jq; then sudo apt-get update && sudo apt-get install -y jq; fi', 'deb jq no 10'],
    ['echo a\n\n# b\napk add --no-cache git', 'apk git no 13'],
    [
      'go install golang.org/x/tools/cmd/stringer@latest',
      'golang golang.org/x/tools/cmd/stringer no 10',
    ],
    [`pip install "django==\${{ matrix.django }}"`, 'pypi django unknown 10'],
    ['gem install $[[ inputs.gem ]]', 'gem $EXPRESSION unknown 10'],
    ['choco install jq', '? choco 10'],
    [
      'curl -fsSL https://x.example.com/i.sh | sudo -E bash -',
      'generic https://x.example.com/i.sh no 10',
    ],
    [
      'bash -c "$(curl -fsSL https://x.example.com/i.sh)"',
      'generic https://x.example.com/i.sh no 10',
    ],
    ['source <(curl -s https://x.example.com/i.sh)', 'generic https://x.example.com/i.sh no 10'],
    ['curl -LO https://x.example.com/k', 'generic https://x.example.com/k no 10'],
    ['curl https://x.example.com/k > k', 'generic https://x.example.com/k no 10'],
    ['wget -q https://x.example.com/k', 'generic https://x.example.com/k no 10'],
    ['wget -qO- https://x.example.com/k | tar xz', 'generic https://x.example.com/k no 10'],
  ])('%s', (script, expected) => {
    expect(list(script)).toEqual([expected]);
  });

  it.each([
    'npm ci\nnpm test',
    'curl -fsS https://x.example.com/health',
    'curl -s -o /dev/null -w "%{http_code}" https://x.example.com/',
    'curl -X POST -d @report.json https://x.example.com/api | jq .id',
    'STATUS=$(curl -s https://x.example.com/api)',
    'curl https://x.example.com/ > /dev/null 2>&1',
    'echo "run pip install requests"',
    'wget -qO- https://x.example.com/health',
  ])('nothing: %s', (script) => {
    expect(list(script)).toEqual([]);
  });

  it('in each kind of pipeline, with its line', () => {
    const at = (reading: ReturnType<typeof readActions>) =>
      orThrow(reading).dependencies.map(({ requested, place }) => `${requested} ${place.line}`);
    const bytes = (text: string) => Buffer.from(text);
    const github = [
      'jobs:\n  a:\n    steps:\n      - run: pip install a',
      '      - run: |\n          true\n          pip install b\n',
    ].join('\n');
    expect(at(readActions('.github/workflows/x.yml', bytes(github)))).toEqual(['a 4', 'b 7']);
    const composite =
      'runs:\n  using: composite\n  steps:\n    - run: npm i -g x\n      shell: bash\n';
    expect(at(readActions('action.yml', bytes(composite)))).toEqual(['x 4']);
    const gitlab = [
      'default:\n  before_script:\n    - pip install a',
      'job:\n  script:\n    - [pip install b, [pip install c]]\n  after_script: pip install d',
      '.t:\n  hooks:\n    pre_get_sources_script:\n      - pip install e\n  run:',
      '    - name: x\n      script: pip install f\n',
    ].join('\n');
    expect(at(readGitlabPipeline('.gitlab-ci.yml', bytes(gitlab))).toSorted()).toEqual([
      'a 3',
      'b 6',
      'c 6',
      'd 7',
      'e 11',
      'f 14',
    ]);
    const azure = [
      'steps:\n- script: pip install a\n- bash: |\n    pip install b\n- pwsh: pip install c',
      '- task: AzureCLI@2.1.0\n  inputs:\n    inlineScript: pip install d\n',
    ].join('\n');
    const found = at(readAzurePipeline('azure-pipelines.yml', bytes(azure)));
    expect(found.filter((one) => !one.startsWith('AzureCLI'))).toEqual([
      'a 2',
      'b 4',
      'c 5',
      'd 8',
    ]);
  });
});
