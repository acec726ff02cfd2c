/** A kind of package that files of a source tree lock or require, and that is not read here. */
export interface DeclaredKind {
  /** One word, as reports show it: `python`. */
  readonly kind: string;
  /**
   * Names of files, in any folder, as a shell writes them: `*` is any text without `/`. A name with
   * `/` names the last folders too.
   */
  readonly files: readonly string[];
  /**
   * `project`: only what people build with; it says nothing inside of an installed or vendored
   * package, where it is left over from its own development.
   */
  readonly of?: 'project';
}

/**
 * What is named and not read: docs/reference/coverage.md lists it. The first kind that has a file
 * counts, so the last one is only for locks that no other kind knows.
 */
export const DECLARED_KINDS: readonly DeclaredKind[] = [
  { kind: 'pnpm-lock', files: ['pnpm-lock.*.yaml', 'shrinkwrap.yaml'] },
  { kind: 'bun-lock', files: ['bun.lockb'] },
  { kind: 'deno', of: 'project', files: ['jsr.json', 'jsr.jsonc'] },
  {
    kind: 'javascript',
    of: 'project',
    files: [
      ...['bower.json', '.bower.json', 'jspm.config.js', 'importmap.json'],
      ...['vlt-lock.json', '.meteor/packages', '.meteor/versions', 'libman.json', 'package.json5'],
      ...['package.yaml', 'elm.json', 'elm-package.json', 'spago.dhall', 'spago.yaml'],
      ...['spago.lock', 'packages.dhall'],
    ],
  },
  {
    kind: 'go-module',
    of: 'project',
    files: [
      ...['Gopkg.lock', 'Gopkg.toml', 'glide.lock', 'glide.yaml', 'Godeps/Godeps.json'],
      'vendor/vendor.json',
    ],
  },
  {
    kind: 'python',
    files: ['buildout.cfg'],
  },
  { kind: 'python', of: 'project', files: ['tox.ini', 'hatch.toml', 'pipenv.lock'] },
  {
    kind: 'conda',
    files: [
      ...['anaconda-project.yml', 'anaconda-project-lock.yml', 'recipe/meta.yaml'],
      ...['recipe/recipe.yaml', 'conda.recipe/meta.yaml', 'conda.recipe/recipe.yaml', 'meta.yaml'],
    ],
  },
  { kind: 'ruby-gem', files: ['Appraisals', 'isolate.rb'] },
  { kind: 'php-pear', of: 'project', files: ['package.xml'] },
  {
    kind: 'perl',
    of: 'project',
    files: [
      ...['cpanfile', 'cpanfile.snapshot', 'Makefile.PL', 'Build.PL', 'dist.ini', 'carmel.lock'],
      ...['META6.json'],
    ],
  },
  {
    kind: 'gradle',
    files: ['versions.lock', 'versions.props'],
  },
  {
    kind: 'maven',
    files: ['maven_install.json', '*_maven_install.json', 'pom.yaml', 'pom.yml'],
  },
  { kind: 'scala', of: 'project', files: ['build.sc', 'build.mill', 'build.mill.scala'] },
  {
    kind: 'clojure',
    of: 'project',
    files: ['project.clj', 'deps.edn', 'shadow-cljs.edn', 'bb.edn'],
  },
  {
    kind: 'kotlin',
    of: 'project',
    files: ['*.main.kts', 'kotlin-js-store/yarn.lock'],
  },
  {
    kind: 'dotnet',
    files: [...['*.nuspec', 'project.lock.json', '*.nuget.dgspec.json']],
  },
  { kind: 'dotnet', of: 'project', files: ['*.cake', '*.fsx', '*.csx'] },
  {
    kind: 'swift',
    files: [
      ...['Podfile', 'Podfile.lock'],
      ...['Cartfile', 'Cartfile.private', 'Cartfile.resolved', '*.podspec', '*.podspec.json'],
      ...['Mintfile', 'Tuist/Dependencies.swift'],
    ],
  },
  { kind: 'dart', files: ['pubspec_overrides.yaml'] },
  { kind: 'erlang', files: ['erlang.mk'] },
  { kind: 'gleam', of: 'project', files: ['gleam.toml', 'manifest.toml'] },
  { kind: 'haskell', files: ['cabal.config'] },
  {
    kind: 'ocaml',
    of: 'project',
    files: [
      '*.opam',
      '*.opam.locked',
      'opam',
      'opam.locked',
      'dune-project',
      'esy.json',
      'esy.lock/index.json',
    ],
  },
  {
    kind: 'cpp',
    files: [
      ...['conaninfo.txt', 'CPM.cmake', 'package-lock.cmake'],
      ...['subprojects/*.wrap', 'xmake.lua', 'xmake-requires.lock', 'hunter.cmake'],
    ],
  },
  {
    kind: 'bazel',
    files: [
      ...['MODULE.bazel', 'MODULE.bazel.lock', 'WORKSPACE', 'WORKSPACE.bazel', 'WORKSPACE.bzlmod'],
      ...['*.MODULE.bazel', 'pants.toml'],
    ],
  },
  { kind: 'r', files: ['packrat.lock', 'rproject.toml', 'rv.lock'] },
  {
    kind: 'julia',
    files: [
      'Manifest.toml',
      'Manifest-v*.toml',
      'JuliaManifest.toml',
      'JuliaManifest-v*.toml',
      'Project.toml',
      'JuliaProject.toml',
    ],
  },
  {
    kind: 'lua',
    of: 'project',
    files: [
      '*.rockspec',
      'luarocks.lock',
      'rocks.toml',
      'wally.toml',
      'wally.lock',
      'aftman.toml',
      'lit.lua',
    ],
  },
  { kind: 'nim', of: 'project', files: ['*.nimble', 'nimble.lock', 'atlas.lock'] },
  { kind: 'crystal', of: 'project', files: ['shard.yml', 'shard.lock', 'shard.override.yml'] },
  { kind: 'd', of: 'project', files: ['dub.json', 'dub.sdl', 'dub.selections.json'] },
  { kind: 'zig', of: 'project', files: ['build.zig.zon', 'zigmod.yml', 'zigmod.lock', 'gyro.zzz'] },
  { kind: 'v', of: 'project', files: ['v.mod'] },
  { kind: 'lean', of: 'project', files: ['lake-manifest.json', 'lakefile.lean', 'lakefile.toml'] },
  { kind: 'haxe', of: 'project', files: ['haxelib.json'] },
  { kind: 'ada', of: 'project', files: ['alire.toml', 'alire.lock'] },
  { kind: 'fortran', of: 'project', files: ['fpm.toml'] },
  { kind: 'racket', of: 'project', files: ['info.rkt'] },
  {
    kind: 'solidity',
    of: 'project',
    files: [
      'foundry.toml',
      'foundry.lock',
      'remappings.txt',
      'soldeer.lock',
      'Move.toml',
      'Move.lock',
      'Scarb.toml',
      'Scarb.lock',
      'Anchor.toml',
    ],
  },
  {
    kind: 'unity',
    of: 'project',
    files: ['Packages/manifest.json', 'Packages/packages-lock.json', 'openupm.json'],
  },
  {
    kind: 'embedded',
    of: 'project',
    files: [
      'platformio.ini',
      'library.properties',
      'idf_component.yml',
      'west.yml',
      'kas.yml',
      'kas/*.yml',
      'mbed_app.json',
      'sketch.yaml',
    ],
  },
  {
    kind: 'nix',
    of: 'project',
    files: ['flake.nix', 'default.nix', 'shell.nix', 'devenv.yaml'],
  },
  { kind: 'guix', of: 'project', files: ['guix.scm', 'manifest.scm', 'channels.scm'] },
  {
    kind: 'homebrew',
    of: 'project',
    files: ['Formula/*.rb', 'Casks/*.rb'],
  },
  { kind: 'package-list', of: 'project', files: ['scoopfile.json'] },
  {
    kind: 'system-packages',
    of: 'project',
    files: [
      ...['Aptfile', 'apt.txt', 'apt-packages.txt', 'apko.yaml', 'apko.lock.json'],
      ...['*.apko.yaml', 'melange.yaml', 'APKBUILD', 'PKGBUILD', 'debian/control', '*.spec'],
      ...[
        'snapcraft.yaml',
        'snap/snapcraft.yaml',
        '*.flatpak.json',
        'rpms.in.yaml',
        'rpms.lock.yaml',
      ],
      ...['bindep.txt'],
    ],
  },
  {
    kind: 'tools',
    of: 'project',
    files: [
      ...['.tool-versions', 'mise.toml', '.mise.toml', 'mise.*.toml', 'mise.lock', 'devbox.json'],
      ...[
        'devbox.lock',
        'aqua.yaml',
        'aqua.yml',
        '.aqua.yaml',
        'aqua-checksums.json',
        '.prototools',
      ],
      ...['devfile.yaml', '.devfile.yaml', 'flox.toml', 'manifest.lock', '.bingo/*.mod'],
    ],
  },
  {
    kind: 'devcontainer',
    of: 'project',
    files: [
      'devcontainer-feature.json',
      'devcontainer-template.json',
      '.gitpod.yml',
      '.idx/dev.nix',
    ],
  },
  {
    kind: 'ci-pipeline',
    of: 'project',
    files: [
      ...['.circleci/config.yml', '.circleci/*.yml', '.travis.yml', 'bitbucket-pipelines.yml'],
      ...['Jenkinsfile', 'Jenkinsfile.*', '*.jenkinsfile', '.drone.yml', '.drone.yaml'],
      ...['.drone.star', 'cloudbuild.yaml', 'cloudbuild.yml', 'cloudbuild.json', 'buildspec.yml'],
      ...['buildspec.yaml', '.buildkite/*.yml', '.buildkite/*.yaml', '.woodpecker.yml'],
      ...['.woodpecker.yaml', '.woodpecker/*.yml', '.woodpecker/*.yaml', 'appveyor.yml'],
      ...['.appveyor.yml', '.cirrus.yml', '.cirrus.star', '.semaphore/*.yml', 'bitrise.yml'],
      ...['codemagic.yaml', '.tekton/*.yaml', '.tekton/*.yml', '.teamcity/*.kts', '.vela.yml'],
      ...['batect.yml', 'dagger.json', 'Earthfile', '.harness/*.yaml', 'wercker.yml'],
    ],
  },
  {
    kind: 'git-hooks',
    of: 'project',
    files: ['prek.toml', '.trunk/trunk.yaml'],
  },
  {
    kind: 'compose',
    of: 'project',
    files: [
      ...['docker-bake.hcl', 'docker-bake.json', 'docker-bake.override.*'],
      ...['Singularity', 'Singularity.*', 'Apptainer', 'Apptainer.*'],
    ],
  },
  {
    kind: 'helm',
    of: 'project',
    files: [
      'helmfile.yaml',
      'helmfile.yml',
      'helmfile.lock',
      'helmfile.yaml.gotmpl',
      'helmfile.d/*.yaml',
    ],
  },
  {
    kind: 'kubernetes',
    of: 'project',
    files: [
      ...['skaffold.yaml', 'skaffold.yml', 'jsonnetfile.json', 'jsonnetfile.lock.json'],
      ...['vendir.yml'],
      ...['vendir.lock.yml', 'chartfile.yaml', 'glasskube.yaml', 'fleet.yaml'],
      ...['.ko.yaml', 'crossplane.yaml', 'kcl.mod', 'kcl.mod.lock', 'timoni.cue', 'Tiltfile'],
    ],
  },
  {
    kind: 'terraform',
    of: 'project',
    files: [
      ...['*.tf', '*.tf.json', '*.tofu', '*.tofu.json', 'terragrunt.hcl'],
      ...['terragrunt.stack.hcl', '*.pkr.hcl', '.tflint.hcl', 'Pulumi.yaml', 'cdktf.json'],
      ...['bicepconfig.json', '*.bicep'],
    ],
  },
  {
    kind: 'configuration-management',
    of: 'project',
    files: [
      ...['galaxy.yml', 'galaxy.yaml', 'requirements.yml', 'meta/requirements.yml', 'Puppetfile'],
      ...[
        'Puppetfile.lock',
        'Berksfile',
        'Berksfile.lock',
        'Policyfile.rb',
        'Policyfile.lock.json',
      ],
      ...['Cheffile', 'Cheffile.lock', 'Vagrantfile', 'execution-environment.yml'],
    ],
  },
  {
    kind: 'javascript',
    of: 'project',
    files: [
      'rush.json',

      'import_map.json',
      'import-map.json',
      'deps.ts',
      'rescript.json',
      'bsconfig.json',
      'moon.mod.json',
      'openapitools.json',
    ],
  },
  { kind: 'component-manifest', of: 'project', files: ['cgmanifest.json'] },
  {
    kind: 'dotnet',
    of: 'project',
    files: ['project.json', 'Dependencies.props', 'Versions.props', 'eng/Version.Details.xml'],
  },
  {
    kind: 'perl',
    of: 'project',
    files: ['META.json', 'META.yml', 'MYMETA.json', 'cpm.yml', 'alienfile'],
  },
  {
    kind: 'go-module',
    of: 'project',
    files: [
      'vendor.conf',
      'trash.conf',
      'vendor/manifest',
      'GLOCKFILE',
      'Gomfile',
      '.gopmfile',
      'dependencies.tsv',
    ],
  },
  {
    kind: 'python',
    of: 'project',
    files: ['noxfile.py', 'pyscript.toml', 'pyscript.json'],
  },
  {
    kind: 'php-composer',
    of: 'project',
    files: ['phive.xml', '.phive/phars.xml', 'drush.make', '*.make.yml'],
  },
  {
    kind: 'java',
    of: 'project',
    files: [
      '*.bndrun',
      'jbang-catalog.json',
      'jbang.properties',
      'BuildConfig.groovy',
      'buildfile',
      'build.boot',
      'conf/dependencies.yml',
    ],
  },
  { kind: 'swift', of: 'project', files: ['Package@swift-*.swift', 'project.pbxproj'] },
  { kind: 'erlang', of: 'project', files: ['rebar.config.script'] },
  { kind: 'haskell', of: 'project', files: ['cabal.project.local', 'snapshot.yaml'] },
  { kind: 'ocaml', of: 'project', files: ['*.opam.template', 'dune.lock/lock.dune'] },
  {
    kind: 'cpp',
    of: 'project',
    files: [
      'portfile.cmake',
      'build2.manifest',
      'repositories.manifest',
      'buckaroo.toml',
      'clib.json',
    ],
  },
  { kind: 'spack', of: 'project', files: ['spack.yaml', 'spack.lock', 'packages/*/package.py'] },
  { kind: 'buck', of: 'project', files: ['BUCK', '.buckconfig'] },
  {
    kind: 'bazel',
    of: 'project',
    files: [
      'deps.bzl',
      'repositories.bzl',
      '*_deps.bzl',
      '*_dependencies.bzl',
      'third_party/*.bzl',
    ],
  },
  { kind: 'julia', of: 'project', files: ['REQUIRE'] },
  { kind: 'lua', of: 'project', files: ['rokit.toml', 'foreman.toml', 'pesde.toml'] },
  { kind: 'pascal', of: 'project', files: ['boss.json'] },
  { kind: 'smalltalk', of: 'project', files: ['.smalltalk.ston'] },
  { kind: 'mojo', of: 'project', files: ['mojoproject.toml'] },
  { kind: 'idris', of: 'project', files: ['*.ipkg', 'pack.toml'] },
  { kind: 'agda', of: 'project', files: ['*.agda-lib'] },
  { kind: 'standard-ml', of: 'project', files: ['sml.pkg', 'smackage.json', 'futhark.pkg'] },
  { kind: 'pony', of: 'project', files: ['corral.json'] },
  { kind: 'emacs', of: 'project', files: ['Cask', 'Eask', 'Keg'] },
  { kind: 'typst', of: 'project', files: ['typst.toml'] },
  {
    kind: 'game',
    of: 'project',
    files: [
      '*.uproject',
      '*.uplugin',
      'plug.gd',
      'fabric.mod.json',
      'mods.toml',
      'modrinth.index.json',
    ],
  },
  {
    kind: 'protobuf',
    of: 'project',
    files: ['buf.yaml', 'buf.gen.yaml', 'buf.work.yaml', 'prototool.yaml', 'protodep.toml'],
  },
  { kind: 'dbt', of: 'project', files: ['packages.yml', 'dependencies.yml'] },
  {
    kind: 'machine-learning',
    of: 'project',
    files: ['MLproject', 'cog.yaml', 'bentofile.yaml', 'dvc.yaml', '*.dvc'],
  },
  { kind: 'salesforce', of: 'project', files: ['sfdx-project.json'] },
  {
    kind: 'git-checkouts',
    of: 'project',
    files: ['.gitrepo', '.braids.json', 'peru.yaml', '*.repos', '*.rosinstall', 'DEPS', '.gclient'],
  },
  {
    kind: 'embedded',
    of: 'project',
    files: [
      'idf_component.yaml',
      'library.json',
      'kas-*.yml',
      'zephyr/module.yml',
      'west.yaml',
      'mbed-os.lib',
      '*.bb',
      '*.bbappend',
      'bblayers.conf',
    ],
  },
  {
    kind: 'buildpack',
    of: 'project',
    files: ['buildpack.toml', 'builder.toml', 'project.toml', 'package.toml'],
  },
  {
    kind: 'system-packages',
    of: 'project',
    files: [
      '*.ebuild',
      '*.SlackBuild',
      'srcpkgs/*/template',
      'Portfile',
      'AppImageBuilder.yml',
      'nfpm.yaml',
      'nfpm.yml',
      'mkosi.conf',
      'ks.cfg',
      'preseed.cfg',
      'user-data',
      'cloud-init.yaml',
      'cloud-init.yml',
      'DEBIAN/control',
    ],
  },
  {
    kind: 'tools',
    of: 'project',
    files: [
      'pkgx.yaml',
      '.pkgx.yaml',
      'pkgx.yml',
      'tea.yaml',
      'hermit.hcl',
      '.mise/config.toml',
      'mise/config.toml',
      '.rtx.toml',
      '.chezmoiexternal.toml',
    ],
  },
  { kind: 'nix', of: 'project', files: ['nvfetcher.toml', '_sources/generated.json'] },
  { kind: 'guix', of: 'project', files: ['guix-manifest.scm'] },
  {
    kind: 'compose',
    of: 'project',
    files: ['Dockerrun.aws.json', 'task-definition.json', 'taskdef.json', '*.container'],
  },
  { kind: 'kubernetes', of: 'project', files: ['gotk-sync.yaml'] },
  { kind: 'helm', of: 'project', files: ['helmfile.*.yaml'] },
  { kind: 'nomad', of: 'project', files: ['*.nomad', '*.nomad.hcl'] },
  {
    kind: 'terraform',
    of: 'project',
    files: ['packer.json', '*.packer.json', 'serverless.yml', 'serverless.yaml'],
  },
  { kind: 'configuration-management', of: 'project', files: ['.fixtures.yml', 'metadata.rb'] },
  { kind: 'go-module', of: 'project', files: ['go.*.mod', 'tools.mod', '.custom-gcl.yml'] },
  { kind: 'swift', of: 'project', files: ['Project.swift', 'Workspace.swift'] },
  {
    kind: 'javascript',
    of: 'project',
    files: ['psc-package.json', 'tsd.json', 'typings.json', 'jspm.json'],
  },
  { kind: 'ruby-gem', of: 'project', files: ['Gemfile.local', 'Gemfile_next'] },
  { kind: 'haxe', of: 'project', files: ['*.hxml'] },
  { kind: 'ballerina', of: 'project', files: ['Ballerina.toml', 'Dependencies.toml'] },
  {
    kind: 'solidity',
    of: 'project',
    files: ['Nargo.toml', 'Forc.toml', 'aiken.toml', 'Clarinet.toml', 'soldeer.toml'],
  },
  {
    kind: 'configuration-language',
    of: 'project',
    files: ['PklProject', 'PklProject.deps.json', 'cue.mod/module.cue', 'dhall.freeze'],
  },
  {
    kind: 'ci-pipeline',
    of: 'project',
    files: [
      ...['.builds/*.yml', '.build.yml', '.zuul.yaml', 'zuul.yaml', '.zuul.d/*.yaml'],
      ...['zuul.d/*.yaml', 'screwdriver.yaml', '.onedev-buildspec.yml', '.space.kts', 'buddy.yml'],
      ...['shippable.yml', '.scrutinizer.yml', 'ci/tasks/*.yml', '.depot/workflows/*.yml'],
    ],
  },
  { kind: 'system-packages', of: 'project', files: ['apk-packages.txt', '*.eb'] },
  { kind: 'embedded', of: 'project', files: ['feeds.conf', 'feeds.conf.default'] },
  { kind: 'git-checkouts', of: 'project', files: ['default.xml', '.repo/manifest.xml'] },
  {
    kind: 'lock-file',
    of: 'project',
    files: [
      ...['*.lock', '*.lockfile', '*-lock.json', '*-lock.yaml', '*-lock.yml', '*-lock.toml'],
      ...['*.lock.json', '*.lock.yaml', '*.lock.yml', '*.lock.toml', '*.lock.hcl', '*.lock.txt'],
      ...['*-lock.txt', '*.lockb', '*.locked'],
    ],
  },
];
