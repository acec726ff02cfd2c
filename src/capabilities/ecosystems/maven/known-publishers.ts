/**
 * A publisher whose archives have no Maven coordinates in them, and what its archives say instead.
 * All that a rule names must hold: the name of the file, what the manifest calls it, and where its
 * classes are. Each was found in real archives: it is a statement about them, and not a guess.
 */
export interface KnownPublisher {
  readonly group: string;
  /** The whole name of an artifact, as in its file name. */
  readonly artifact: RegExp;
  /**
   * A header of the manifest, in lower case, and whether it is that of the artifact; null where the
   * manifest says nothing, and the classes are in a folder of this product alone.
   */
  readonly header:
    | readonly [name: string, fits: (said: string, artifact: string) => boolean]
    | null;
  /** Where its classes are; an archive without classes needs only the header. */
  readonly folder: string;
  /** Where the publisher had other groups before: the versions that are in this one. */
  readonly version?: RegExp;
}

type Fits = (said: string, artifact: string) => boolean;

const MODULE = 'automatic-module-name';
const TITLE = 'implementation-title';
const BUNDLE = 'bundle-symbolicname';
const VENDOR = 'implementation-vendor-id';

const same: Fits = (said, artifact) => said === artifact;
const withDots: Fits = (said, artifact) => said === artifact.replaceAll('-', '.');
const is =
  (wanted: string): Fits =>
  (said) =>
    said === wanted;
/** The text itself, or the text and more after a dot or dash. */
const below =
  (wanted: string): Fits =>
  (said) =>
    said === wanted || said.startsWith(`${wanted}.`) || said.startsWith(`${wanted}-`);

type Rule = readonly [group: string, artifact: RegExp, header: string, fits: Fits, folder: string];

const SPRING: readonly Rule[] = [
  [
    'org.springframework',
    /^spring-(?:aop|aspects|beans|context|context-indexer|context-support|core|core-test|expression|instrument|jdbc|jms|messaging|orm|oxm|r2dbc|test|tx|web|webflux|webmvc|websocket)$/,
    ...([TITLE, same, 'org/springframework/'] as const),
  ],
  ['org.springframework', /^spring-jcl$/, TITLE, same, 'org/apache/commons/logging/'],
  [
    'org.springframework.boot',
    /^spring-boot(?:-[a-z0-9-]+)?$/,
    ...([MODULE, withDots, 'org/springframework/boot/'] as const),
  ],
  [
    'org.springframework.security',
    /^spring-security-(?:acl|aspects|cas|config|core|crypto|data|ldap|messaging|oauth2-authorization-server|oauth2-client|oauth2-core|oauth2-jose|oauth2-resource-server|rsocket|saml2-service-provider|taglibs|test|web)$/,
    ...([TITLE, same, 'org/springframework/security/'] as const),
  ],
  [
    'org.springframework.kafka',
    /^spring-kafka(?:-test)?$/,
    ...([VENDOR, is('org.springframework.kafka'), 'org/springframework/kafka/'] as const),
  ],
  [
    'org.springframework.amqp',
    /^spring-(?:amqp|rabbit|rabbit-[a-z]+)$/,
    ...([VENDOR, is('org.springframework.amqp'), 'org/springframework/'] as const),
  ],
  [
    'org.springframework.integration',
    /^spring-integration-[a-z0-9-]+$/,
    VENDOR,
    ...([is('org.springframework.integration'), 'org/springframework/integration/'] as const),
  ],
  [
    'org.springframework.pulsar',
    /^spring-pulsar(?:-[a-z-]+)?$/,
    ...([MODULE, withDots, 'org/springframework/pulsar/'] as const),
  ],
  [
    'org.springframework.graphql',
    /^spring-graphql(?:-test)?$/,
    ...([MODULE, withDots, 'org/springframework/graphql/'] as const),
  ],
  [
    'org.springframework.session',
    /^spring-session-[a-z0-9-]+$/,
    ...([MODULE, withDots, 'org/springframework/session/'] as const),
  ],
  ['org.springframework.ws', /^spring-ws-[a-z]+$/, MODULE, withDots, 'org/springframework/ws/'],
  ['org.springframework.ws', /^spring-xml$/, MODULE, withDots, 'org/springframework/xml/'],
  ['io.projectreactor', /^reactor-(?:core|test|tools)$/, TITLE, same, 'reactor/'],
  ['io.projectreactor.netty', /^reactor-netty-[a-z-]+$/, TITLE, same, 'reactor/netty/'],
  ['io.projectreactor.addons', /^reactor-pool$/, TITLE, same, 'reactor/pool/'],
  ['io.projectreactor.addons', /^reactor-extra$/, TITLE, same, 'reactor/'],
  ['io.projectreactor.kafka', /^reactor-kafka$/, TITLE, same, 'reactor/kafka/'],
  ['io.rsocket', /^rsocket-[a-z-]+$/, MODULE, withDots, 'io/rsocket/'],
];

const SERVERS: readonly Rule[] = [
  [
    'org.apache.tomcat.embed',
    /^tomcat-embed-(?:core|el|jasper|websocket|programmatic)$/,
    ...([BUNDLE, below('org.apache.tomcat-embed'), 'org/apache/'] as const),
  ],
  [
    'org.apache.tomcat',
    /^tomcat-(?!embed-)[a-z0-9-]+$/,
    ...([BUNDLE, below('org.apache.tomcat'), 'org/apache/'] as const),
  ],
  ['org.freemarker', /^freemarker$/, BUNDLE, is('org.freemarker.freemarker'), 'freemarker/'],
  ['org.thymeleaf', /^thymeleaf(?:-spring\d)?$/, MODULE, withDots, 'org/thymeleaf/'],
  ['org.unbescape', /^unbescape$/, VENDOR, is('org.unbescape'), 'org/unbescape/'],
  ['org.attoparser', /^attoparser$/, VENDOR, is('org.attoparser'), 'org/attoparser/'],
  ['com.graphql-java', /^graphql-java$/, MODULE, is('com.graphqljava'), 'graphql/'],
  [
    'com.graphql-java',
    /^graphql-java-extended-scalars$/,
    ...([MODULE, is('com.graphqljava.extendedscalars'), 'graphql/scalars/'] as const),
  ],
  ['com.graphql-java', /^java-dataloader$/, MODULE, is('org.dataloader'), 'org/dataloader/'],
  ['com.squareup.okhttp3', /^okhttp$/, MODULE, is('okhttp3'), 'okhttp3/'],
  ['com.squareup.okio', /^okio(?:-jvm)?$/, MODULE, is('okio'), 'okio/'],
];

const DATA: readonly Rule[] = [
  ['com.h2database', /^h2$/, MODULE, is('com.h2database'), 'org/h2/'],
  ['org.postgresql', /^postgresql$/, MODULE, is('org.postgresql.jdbc'), 'org/postgresql/'],
  ['com.mysql', /^mysql-connector-j$/, BUNDLE, is('com.mysql.cj'), 'com/mysql/cj/'],
  ['mysql', /^mysql-connector-java$/, BUNDLE, below('com.mysql'), 'com/mysql/'],
  [
    'com.oracle.database.jdbc',
    /^ojdbc\d{1,2}$/,
    ...([MODULE, is('com.oracle.database.jdbc'), 'oracle/jdbc/'] as const),
  ],
  ['org.mongodb', /^bson(?:-[a-z-]+)?$/, BUNDLE, below('org.mongodb.bson'), 'org/bson/'],
  [
    'org.mongodb',
    /^mongodb-driver-[a-z-]+$/,
    ...([BUNDLE, below('org.mongodb.driver'), 'com/mongodb/'] as const),
  ],
  [
    'org.elasticsearch.client',
    /^elasticsearch-rest-client$/,
    ...([TITLE, is('org.elasticsearch.client#rest'), 'org/elasticsearch/client/'] as const),
  ],
  [
    'co.elastic.clients',
    /^elasticsearch-java$/,
    ...([TITLE, is('Elasticsearch Java client'), 'co/elastic/clients/'] as const),
  ],
  [
    'com.github.ben-manes.caffeine',
    /^caffeine$/,
    ...([MODULE, is('com.github.benmanes.caffeine'), 'com/github/benmanes/caffeine/'] as const),
  ],
  ['org.ehcache', /^ehcache$/, BUNDLE, is('org.ehcache'), 'org/ehcache/'],
  ['org.xerial.snappy', /^snappy-java$/, VENDOR, is('org.xerial.snappy'), 'org/xerial/snappy/'],
  ['com.github.luben', /^zstd-jni$/, MODULE, is('com.github.luben.zstd_jni'), 'com/github/luben/'],
  ['org.lz4', /^lz4-java$/, BUNDLE, is('lz4-java'), 'net/jpountz/'],
  [
    'org.hibernate.common',
    /^hibernate-commons-annotations$/,
    ...([VENDOR, is('org.hibernate'), 'org/hibernate/annotations/'] as const),
  ],
];

const LANGUAGES: readonly Rule[] = [
  [
    'org.jetbrains.kotlin',
    /^kotlin-(?:stdlib|stdlib-common|stdlib-jdk7|stdlib-jdk8|reflect|script-runtime|test)$/,
    ...([TITLE, same, 'kotlin/'] as const),
  ],
  ['org.apache.groovy', /^groovy(?:-[a-z0-9]+)*$/, MODULE, below('org.apache.groovy'), 'groovy/'],
  [
    'org.codehaus.groovy',
    /^groovy(?:-[a-z0-9]+)*$/,
    MODULE,
    below('org.codehaus.groovy'),
    'groovy/',
  ],
  ['org.reactivestreams', /^reactive-streams$/, BUNDLE, same, 'org/reactivestreams/'],
  ['org.aspectj', /^aspectjweaver$/, MODULE, is('org.aspectj.weaver'), 'org/aspectj/weaver/'],
  ['org.aspectj', /^aspectjrt$/, MODULE, is('org.aspectj.runtime'), 'org/aspectj/'],
  ['com.typesafe', /^config$/, MODULE, is('typesafe.config'), 'com/typesafe/config/'],
  ['com.jayway.jsonpath', /^json-path$/, BUNDLE, same, 'com/jayway/jsonpath/'],
  ['org.jspecify', /^jspecify$/, BUNDLE, is('org.jspecify.jspecify'), 'org/jspecify/'],
  ['org.apiguardian', /^apiguardian-api$/, TITLE, same, 'org/apiguardian/api/'],
  ['org.checkerframework', /^checker-qual$/, BUNDLE, same, 'org/checkerframework/'],
  [
    'org.bouncycastle',
    /^bc(?:prov|pkix|util|pg|mail|jmail|tls)-jdk(?:14|15on|15to18|18on)$/,
    BUNDLE,
    ...([
      (said: string, artifact: string) => artifact.startsWith(`${said}-`),
      'org/bouncycastle/',
    ] as const),
  ],
];

const TELEMETRY: readonly Rule[] = [
  ['io.grpc', /^grpc-api$/, MODULE, is('io.grpc'), 'io/grpc/'],
  ['io.grpc', /^grpc-core$/, MODULE, is('io.grpc.internal'), 'io/grpc/internal/'],
  ['io.grpc', /^grpc-context$/, TITLE, is('jar'), 'io/grpc/'],
  [
    'io.grpc',
    /^grpc-[a-z0-9-]+$/,
    MODULE,
    ...([
      (said: string, artifact: string) => said === `io.${artifact.replaceAll('-', '.')}`,
      'io/grpc/',
    ] as const),
  ],
  [
    'io.opentelemetry',
    /^opentelemetry-(?:api|api-incubator|common|context|sdk|sdk-common|sdk-logs|sdk-metrics|sdk-testing|sdk-trace|sdk-extension-[a-z-]+|exporter-[a-z-]+|extension-[a-z-]+)$/,
    ...([MODULE, below('io.opentelemetry'), 'io/opentelemetry/'] as const),
  ],
  [
    'io.opentelemetry.semconv',
    /^opentelemetry-semconv$/,
    ...([MODULE, is('io.opentelemetry.semconv'), 'io/opentelemetry/semconv/'] as const),
  ],
  ['io.opencensus', /^opencensus-[a-z-]+$/, TITLE, same, 'io/opencensus/'],
  ['io.perfmark', /^perfmark-api$/, MODULE, is('io.perfmark'), 'io/perfmark/'],
  ['com.google.api', /^api-common$/, MODULE, is('com.google.api.apicommon'), 'com/google/api/'],
  [
    'com.google.protobuf',
    /^protobuf-java$/,
    ...([BUNDLE, is('com.google.protobuf'), 'com/google/protobuf/'] as const),
  ],
  [
    'com.google.protobuf',
    /^protobuf-java-util$/,
    ...([BUNDLE, is('com.google.protobuf.util'), 'com/google/protobuf/util/'] as const),
  ],
  ['org.apache.lucene', /^lucene-[a-z-]+$/, TITLE, is('org.apache.lucene'), 'org/apache/lucene/'],
  [
    'org.apache.pulsar',
    /^pulsar-client-all$/,
    TITLE,
    is('Pulsar Client All'),
    'org/apache/pulsar/',
  ],
  ['com.hierynomus', /^asn-one$/, MODULE, is('com.hierynomus.asnone'), 'com/hierynomus/asn1/'],
  ['org.conscrypt', /^conscrypt-openjdk-uber$/, BUNDLE, is('org.conscrypt'), 'org/conscrypt/'],
  ['org.apache.poi', /^poi(?:-[a-z-]+)?$/, MODULE, below('org.apache.poi'), 'org/'],
];

const HIBERNATE =
  /^hibernate-(?:core|agroal|c3p0|community-dialects|envers|graalvm|hikaricp|jcache|jfr|jpamodelgen|micrometer|scan-jandex|spatial|testing|vibur)$/;

export const KNOWN_PUBLISHERS: readonly KnownPublisher[] = [
  ...[...SPRING, ...SERVERS, ...DATA, ...LANGUAGES, ...TELEMETRY].map(
    ([group, artifact, name, fits, folder]): KnownPublisher => ({
      group,
      artifact,
      header: [name, fits],
      folder,
    }),
  ),
  {
    group: 'org.hibernate.orm',
    artifact: HIBERNATE,
    header: [TITLE, same],
    folder: 'org/hibernate/',
    version: /^(?:6\.[1-9]|6\.0\.\d+\.Final|[7-9]\.)/,
  },
  {
    group: 'org.hibernate',
    artifact: HIBERNATE,
    header: [TITLE, same],
    folder: 'org/hibernate/',
    version: /^[3-5]\./,
  },
  {
    group: 'org.ow2.asm',
    artifact: /^asm(?:-(?:analysis|commons|tree|util))?$/,
    header: [BUNDLE, below('org.objectweb.asm')],
    folder: 'org/objectweb/asm/',
    version: /^(?:[4-9]|\d\d)\./,
  },
  {
    group: 'org.apache.kafka',
    artifact: /^kafka-clients$/,
    header: null,
    folder: 'org/apache/kafka/clients/',
  },
  {
    group: 'org.jetbrains.kotlinx',
    artifact: /^kotlinx-coroutines-[a-z0-9-]+$/,
    header: null,
    folder: 'META-INF/kotlinx_coroutines_',
  },
  {
    group: 'com.squareup.okio',
    artifact: /^okio$/,
    header: null,
    folder: 'META-INF/okio.kotlin_module',
  },
  {
    group: 'com.google.cloud.opentelemetry',
    artifact:
      /^(?:detector-resources|detector-resources-support|exporter-auto|exporter-metrics|exporter-trace|shared-resourcemapping)$/,
    header: null,
    folder: 'com/google/cloud/opentelemetry/',
  },
  {
    group: 'io.opentelemetry.contrib',
    artifact: /^opentelemetry-[a-z-]+$/,
    header: null,
    folder: 'io/opentelemetry/contrib/',
  },
  { group: 'com.google.re2j', artifact: /^re2j$/, header: null, folder: 'com/google/re2j/' },
  { group: 'aopalliance', artifact: /^aopalliance$/, header: null, folder: 'org/aopalliance/' },
];
