/**
 * Every bound on input, in one place. The unit is the last word of a name. A test keeps
 * docs/reference/limits.md equal to this table. Each bound is tested on both sides where it is
 * enforced.
 */
export const LIMITS = {
  /** Targets of one command. */
  targetsMax: 100_000,
  /** OCI manifest or index (distribution-spec recommends 4 MiB). */
  manifestBytesMax: 4 * 1024 * 1024,
  /** Signature envelope (N8). */
  envelopeBytesMax: 32 * 1024 * 1024,
  /** A bundle of sigstore, where a command reads it (S13); a server reads an envelope at most. */
  bundleBytesMax: 128 * 1024 * 1024,
  /** One document of evidence: SBOM, scan, statement. */
  documentBytesMax: 128 * 1024 * 1024,
  /** Elements of one SBOM in XML. */
  sbomElementsMax: 1_000_000,
  /** Tags of one SBOM in tag-value form. */
  sbomTagsMax: 4_000_000,
  /** A policy, trust or configuration document. */
  configBytesMax: 1024 * 1024,
  /** One file of manifests of Kubernetes. */
  manifestFileBytesMax: 16 * 1024 * 1024,
  /** Files of manifests of one command. */
  manifestFilesMax: 10_000,
  /** Bytes of all files of manifests of one command. */
  manifestsBytesMax: 64 * 1024 * 1024,
  /** Nesting of JSON values. */
  jsonDepthMax: 128,
  /** What the values of one JSON document may take in memory, estimated from its text. */
  jsonMemoryBytesMax: 1024 * 1024 * 1024,
  /** Members of one component set. */
  componentsMax: 1_000_000,
  /** Signatures examined for one subject (N8). */
  signaturesMax: 100,
  /** Signatures that are searched, beyond those, for one that counts. */
  signaturesSearchedMax: 2_000,
  /** Referrers listed for one subject; a longer list is truncated, and that is reported. */
  referrersMax: 10_000,
  /**
   * The same of the types that a gate reads: entries of other types are not kept, and not counted.
   */
  referrersSearchedMax: 100_000,
  /** One page of a referrers list, where there is a thread or a command to read it. */
  referrerPageBytesMax: 64 * 1024 * 1024,
  /** Bytes of all pages of a referrers list. */
  referrersBytesMax: 128 * 1024 * 1024,
  /** Pages of a referrers list. */
  referrerPagesMax: 500,
  /** Manifests of one image index. */
  indexManifestsMax: 1_000,
  /** Layers of one image. */
  layersMax: 1_000,
  /** Certificates in one chain. */
  chainCertificatesMax: 10,
  /** One certificate, DER. */
  certificateBytesMax: 64 * 1024,
  /** Comparisons of a name with a subtree of name constraints, in one chain. */
  nameComparisonsMax: 100_000,
  /** Certificates in one file or named store of a trust store. */
  trustStoreCertificatesMax: 1_000,
  /** Signatures of one DSSE envelope. */
  dsseSignaturesMax: 10,
  /** Subjects of one in-toto statement. */
  statementSubjectsMax: 10_000,
  /** One answer of an OCSP responder (N48). */
  ocspBytesMax: 20 * 1024,
  /** One certificate revocation list (N48). */
  crlBytesMax: 32 * 1024 * 1024,
  /** How long an OCSP responder may take (N48). */
  ocspMs: 2_000,
  /** How long a revocation list may take (N48). */
  crlMs: 5_000,
  /** How long a timestamp authority may take. */
  timestampMs: 10_000,
  /** One answer of a timestamp authority. */
  timestampBytesMax: 256 * 1024,
  /** How long a person may take to log in with a browser. */
  loginMs: 180_000,
  /** How long a service that keeps keys may take, with all tries. */
  keyServiceMs: 20_000,
  /** The same for the metadata service of a cloud, which is near or not there. */
  keyMetadataMs: 2_000,
  /** One answer of such a service. */
  keyServiceBytesMax: 256 * 1024,
  /** A signed document of a virtual machine, and the answer that holds it. */
  machineDocumentBytesMax: 64 * 1024,
  /** Files of a commit that is built again. */
  rebuildSourceBytesMax: 4 * 1024 * 1024 * 1024,
  /** How long a second build may take. */
  rebuildMsMax: 24 * 60 * 60 * 1_000,
  /** How long a plugin of notation may take to sign. */
  pluginMs: 60_000,
  /** How long a plugin may take to help to verify one signature. */
  pluginVerifyMs: 5_000,
  /** How long the verdict of a plugin counts, before it is asked again. */
  pluginVerdictMs: 5 * 60 * 1_000,
  /** What a plugin may write: an envelope as base64, and as much about it (N51). */
  pluginBytesMax: 64 * 1024 * 1024,
  /** What notation may ask its plugin in one request. */
  pluginRequestBytesMax: 4 * 1024 * 1024,
  /** How long OPA may take to answer one question of a gate. */
  regoMs: 3_000,
  /** What OPA may answer. */
  regoAnswerBytesMax: 4 * 1024 * 1024,
  /** A bundle of OPA. */
  regoBundleBytesMax: 16 * 1024 * 1024,
  /** How long the answer of a rule in Rego counts: it may read the time, and nobody knows when. */
  regoVerdictMs: 60_000,
  /** One message of an editor to its language server; a larger one is skipped. */
  editorMessageBytesMax: 64 * 1024 * 1024,
  /** One document of an editor that is examined. */
  editorDocumentBytesMax: 16 * 1024 * 1024,
  /** Documents that an editor may have open at once. */
  editorDocumentsMax: 1_000,
  /** Changes in one message of an editor. */
  editorChangesMax: 1_000,
  /** Diagnostics of one document. */
  editorDiagnosticsMax: 2_000,
  /** How long a program that speaks to a device with keys may take. */
  keyDeviceMs: 30_000,
  /** Everything that is asked about the certificates of one signature. */
  revocationMs: 5_000,
  /** How long a revocation service that gave no answer is not asked again. */
  revocationRetryMs: 10_000,
  /** After this time, a revocation list is asked for again, whatever its end. */
  revocationRefreshMs: 12 * 60 * 60 * 1_000,
  /** How long an OCSP answer without an end may be used. */
  ocspLifeMs: 60_000,
  /** Revocation lists and answers that are kept on disk. */
  revocationCacheBytesMax: 256 * 1024 * 1024,
  /** The same, as files. */
  revocationCacheFilesMax: 1_000,
  /** Services that one certificate may name for one kind of answer; no more are asked. */
  revocationServicesMax: 4,
  /** How far in the future a signing time may be before it is refused. */
  clockSkewMs: 300_000,
  /** HTTP redirects followed for one request. */
  redirectsMax: 5,
  /** Uncompressed bytes of one image over all layers. */
  imageBytesMax: 64 * 1024 * 1024 * 1024,
  /** Ratio of uncompressed to compressed bytes of one layer, after the first 64 MiB. */
  compressionRatioMax: 1_000,
  /** zstd frames of one layer: some builders write one for each file. */
  layerFramesMax: 1_000_000,
  /** Entries over all layers of one image. */
  imageEntriesMax: 10_000_000,
  /**
   * Symbolic links and package files of one image that are remembered while its layers are read.
   */
  imageNodesMax: 1_000_000,
  /**
   * Other files of one image that are counted; with more, it is unknown how many belong to no
   * component.
   */
  imageFilesMax: 2_000_000,
  /** Path segments walked through for the links of one image. */
  linkStepsMax: 200_000_000,
  /** Bytes of package files of one image that are held until its last layer is read. */
  imageHeldBytesMax: 256 * 1024 * 1024,
  /** Unreadable places of one inventory that are named one by one. */
  skipsMax: 1_000,
  /** One file of an image or a source tree that is read as a whole. */
  fileBytesMax: 64 * 1024 * 1024,
  /** The package database of a whole system in one file. */
  systemDatabaseBytesMax: 256 * 1024 * 1024,
  /** A package.json, .npmrc or Dockerfile of a source tree. */
  dependencyFileBytesMax: 1024 * 1024,
  /** Options (`--`) in a Dockerfile; what splits it needs their number squared. */
  dockerfileFlagsMax: 10_000,
  /** Characters that the arguments in one text of a Dockerfile add to it. */
  expandedTextMax: 64 * 1024,
  /** Dependencies that one source tree declares; that there are more is reported. */
  dependenciesMax: 200_000,
  /** Length of one path in an image. */
  pathBytesMax: 4_096,
  /** Symbolic links followed for one path. */
  linksMax: 40,
  /** Paths, end to end, at which installed npm packages of a target look for what they need. */
  moduleLookupBytesMax: 64 * 1024 * 1024,
  /** Archives nested in archives (jar in war in ear). */
  archiveDepthMax: 5,
  /** Entries in one zip archive. */
  archiveEntriesMax: 200_000,
  /** One archive held in memory. */
  archiveBytesMax: 512 * 1024 * 1024,
  /** One image reference. */
  referenceBytesMax: 1_024,
  /** One purl. */
  purlBytesMax: 4_096,
  /** One version text. */
  versionBytesMax: 1_024,
  /** Files and folders that the setup of a repository looks at. */
  surveyEntriesMax: 200_000,
  /** One file, except a lock, that the setup of a repository reads; a longer one is named. */
  surveyFileBytesMax: 1024 * 1024,
  /** All files that the setup of a repository reads. */
  surveyBytesMax: 128 * 1024 * 1024,
  /** Values of one kind that the setup of a repository takes over. */
  surveyFindsMax: 200,
  /** One line of an advisory feed. */
  advisoryBytesMax: 16 * 1024 * 1024,
  /** Results of one scan document. */
  findingsMax: 100_000,
  /** Events and enumerated versions over all packages of one advisory. */
  advisoryVersionsMax: 200_000,
  /** Characters of the title of an advisory; the rest is cut. */
  advisoryTitleMax: 200,
  /** Names in one group of aliases of advisories. */
  aliasGroupMax: 1_000,
  /** Uncompressed bytes of one advisory feed. */
  advisoryFeedBytesMax: 16 * 1024 * 1024 * 1024,
  /** A catalogue of exploited vulnerabilities or a file of scores, uncompressed. */
  threatFileBytesMax: 64 * 1024 * 1024,
  /** Vulnerabilities that such a file names. */
  threatEntriesMax: 1_000_000,
  /** A file that says how long releases of a system are supported. */
  supportFileBytesMax: 4 * 1024 * 1024,
  /** Releases of all systems whose days of support are known. */
  supportTermsMax: 5_000,
  /** Records in one zip archive of advisories. */
  advisoryArchiveEntriesMax: 2_000_000,
  /** One archive of an export of advisories, as it is downloaded. */
  advisoryDownloadBytesMax: 4 * 1024 * 1024 * 1024,
  /** The list of the records of one ecosystem in an export of advisories. */
  advisoryListBytesMax: 256 * 1024 * 1024,
  /** Changed records that an update reads one by one; for more it reads the whole archive. */
  advisoryChangesMax: 2_000,
  /** Changes of a packed advisory index that it keeps beside its whole content. */
  advisoryDeltasMax: 30,
  /** Files of one import of advisories. */
  feedFilesMax: 200_000,
  /** Ecosystems that one feed is said to cover; others are not covered. */
  feedEcosystemsMax: 20_000,
  /** Pairs of feed and ecosystem of one import; others are not covered. */
  feedCoverageMax: 100_000,
  /** Databases of one feed and ecosystem that are told apart; all others count as one. */
  feedDatabasesMax: 17,
  /** Characters of the name of a feed or an ecosystem; a longer ecosystem is not covered. */
  feedNameMax: 1_024,
  /** Steps of one policy expression. */
  policyStepsMax: 1_000_000,
  /** Steps of all expressions of one decision. */
  policyTotalStepsMax: 10_000_000,
  /** Bytes that one policy expression may build. */
  policyBytesMax: 1024 * 1024,
  /** Text of one policy expression. */
  policyExpressionBytesMax: 8 * 1024,
  /** Nesting of one policy expression. */
  policyExpressionDepthMax: 100,
  /** Pattern of one matches(). */
  policyPatternBytesMax: 1024,
  /** Names that the message of a rule shows; it counts the others. */
  ruleNamesMax: 10,
  /** Characters of one such name, with what is said of it. */
  ruleNameCharactersMax: 600,
  /** Characters of the message of a rule. */
  ruleMessageCharactersMax: 6_500,
  /** Rules of one policy. */
  policyRulesMax: 1_000,
  /** Tests of one file, each row of a table counted. */
  policyTestsMax: 10_000,
  /** A file with tests of a policy. */
  policyTestsBytesMax: 8 * 1024 * 1024,
  /** Layers that one policy is composed of. */
  policyLayersMax: 20,
  /** Revisions that one history shows. */
  policyHistoryMax: 1_000,
  /** Decisions that one replay decides again. */
  policyReplaysMax: 100_000,
  /** Changed rules that the tests of one policy are tried on. */
  policyMutantsMax: 2_000,
  /** An AdmissionReview request (the API server sends at most 3 MiB of object). */
  admissionRequestBytesMax: 8 * 1024 * 1024,
  /** Workloads whose images are remembered, to judge a change of their scale. */
  seenWorkloadsMax: 20_000,
  /** Names of the images of one such workload. */
  seenWorkloadBytesMax: 4 * 1024,
  /** The file that keeps them over a restart. */
  seenWorkloadsBytesMax: 128 * 1024 * 1024,
  /** How long the body of a request may take to arrive, evidence excepted. */
  bodyMs: 5_000,
  /** A body that is read without waiting for memory. */
  bodySmallBytesMax: 256 * 1024,
  /** Larger bodies that are held at once; more wait. */
  bodiesBytesMax: 64 * 1024 * 1024,
  /** The same for one address. */
  bodiesPerAddressBytesMax: 32 * 1024 * 1024,
  /** Connections to a server; the oldest idle one gives way to a new one. */
  connectionsMax: 1_024,
  /** Connections from one address. */
  connectionsPerAddressMax: 512,
  /** Questions that one client of a server may ask in a second, by token and address. */
  questionsPerSecondMax: 200,
  /** Of these, how many may come at once after a pause. */
  questionsBurstMax: 400,
  /** Distinct images of one admission request. */
  admissionImagesMax: 200,
  /** Images that a server examines at once; others wait, each source in turn. */
  imagesExaminedMax: 64,
  /** Images that may wait for one address; more are undetermined at once. */
  imagesWaitingMax: 2_000,
  /** Characters of one key of an external-data request: an image and who asks for it. */
  providerKeyLengthMax: 2_048,
  /** One admission request, from receipt to answer. */
  admissionDeadlineMs: 8_000,
  /** How long a server that stops waits for its last answers. */
  drainMs: 15_000,
  /** Subtracted from the API server's own time-out, so that the answer arrives before it. */
  admissionReserveMs: 500,
  /** One HTTP exchange with a registry. */
  registryRequestMs: 30_000,
  /** How long one command waits for answers of a registry in all, layers excepted. */
  registryWaitMs: 600_000,
  /** Tries of one request to a registry that is busy or was cut off. */
  registryAttemptsMax: 4,
  /**
   * The longest wait between two tries; a registry that asks for a longer wait is not tried again.
   */
  registryRetryWaitMs: 5_000,
  /** Requests under way to one registry. */
  registryRequestsMax: 16,
  /**
   * Slowest average rate at which a blob may arrive: counted while we wait, after the first 30 s.
   */
  blobBytesPerSecondMin: 16 * 1024,
  /** A registry's answer that is neither manifest nor blob: an error, a token, a list of tags. */
  registryAnswerBytesMax: 1024 * 1024,
  /** A blob that the embedded registry accepts. */
  uploadBytesMax: 16 * 1024 * 1024 * 1024,
  /** Uploads under way in the embedded registry. */
  uploadsMax: 1_000,
  /** Manifests of one release that is copied: its platforms and all that is attached to them. */
  releaseManifestsMax: 10_000,
  /** Bytes of these manifests together. */
  releaseManifestsBytesMax: 256 * 1024 * 1024,
  /** How far from the image a copy follows what is attached to what is attached to it. */
  releaseDepthMax: 16,
  /** Pages of a list of tags; a longer list is not read, and tags are looked up one by one. */
  tagPagesMax: 10,
  /** Entries of one image archive or layout. */
  layoutEntriesMax: 100_000,
  /** How long a credential helper may take. */
  credentialHelperMs: 10_000,
  /** How long an undetermined verdict is remembered (foundation 5). */
  undeterminedCacheMs: 5_000,
  /**
   * How long a verdict is kept at most, so that evidence that others push to a registry is noticed.
   */
  verdictCacheMs: 60_000,
  /** Verdicts kept at once. */
  verdictCacheEntriesMax: 10_000,
  /**
   * Admissions, and refusals, that wait to be recorded. While more admissions wait, the next answer
   * waits; more refusals are summed up in one record.
   */
  decisionsPendingMax: 10_000,
  /**
   * Decisions on the disk that are not in the log yet. Refusals may use half of it, and more are
   * summed up. An admission that has no room is undetermined.
   */
  decisionJournalBytesMax: 128 * 1024 * 1024,
  /** Decisions about one image that are recorded one by one in an hour; more are summed up. */
  decisionsPerDigestMax: 100,
  /** Admissions that are recorded one by one in an hour; more are summed up. */
  admissionsPerHourMax: 100_000,
  /** Admissions of one source that are recorded one by one in an hour while the reserve lasts. */
  admissionsPerSourceMin: 5_000,
  /** The reserve for one address: anybody makes up namespaces. */
  admissionsPerAddressMin: 20_000,
  /** The reserve for all who are admitted little, beside `admissionsPerHourMax`. */
  admissionsReservedMax: 100_000,
  /** Refusals that are recorded one by one in an hour; more are summed up. */
  refusalsPerHourMax: 20_000,
  /** Refusals of one source that are recorded one by one in an hour while the reserve lasts. */
  refusalsPerSourceMin: 1_000,
  /** The reserve for one address: anybody makes up namespaces. */
  refusalsPerAddressMin: 4_000,
  /** The reserve for all who are refused little, beside `refusalsPerHourMax`. */
  refusalsReservedMax: 20_000,
  /**
   * Bytes of facts that wait to be recorded. Over the limit, a decision is recorded without its
   * facts, and that is reported.
   */
  factsPendingBytesMax: 64 * 1024 * 1024,
  /**
   * Bytes of facts that are recorded in an hour for one image with documents that no trusted signer
   * vouches for. Over the limit, a decision is recorded without its facts.
   */
  factsOfUnsignedBytesMax: 1024 * 1024,
  /** The same for all such images together. */
  factsOfUnsignedPerHourBytesMax: 64 * 1024 * 1024,
  /** Images whose evidence is kept at once. */
  evidenceCacheEntriesMax: 1_000,
  /** Bytes of documents behind the evidence that is kept at once. */
  evidenceCacheBytesMax: 128 * 1024 * 1024,
  /** Attached documents whose signatures are looked for, over all platforms of one image. */
  documentsSearchedMax: 5_000,
  /** Statements in one attestation manifest of a builder; BuildKit writes two. */
  builderStatementsMax: 100,
  /** Documents and signatures that are known to be of strangers, so that a search goes on. */
  strangersKnownMax: 100_000,
  /** How long they are known; who signs one of them afterwards is noticed then. */
  strangersKnownMs: 10 * 60 * 1_000,
  /** How long they are searched; then the image is judged without the rest. */
  documentsSearchedMs: 6_000,
  /** Documents by untrusted signers that are read for one image: they can only add findings. */
  untrustedDocumentsMax: 20,
  /** All documents by untrusted signers that are read for one image. */
  untrustedDocumentsBytesMax: 32 * 1024 * 1024,
  /** One document by an untrusted signer. */
  untrustedDocumentBytesMax: 8 * 1024 * 1024,
  /**
   * All documents of one image that the server reads in the thread that answers, and one document
   * that a command reads without a deadline.
   */
  lightDocumentsBytesMax: 128 * 1024,
  /** How long an image waits for what strangers attached; then it is decided without. */
  strangersDocumentsMs: 3_000,
  /** How long a thread may take to examine one image before it is ended. */
  heavyImageMs: 10_000,
  /** Versions of advisories that the components of one inventory are compared with. */
  matchStepsMax: 20_000_000,
  /** The same in the thread that answers, and for all SBOMs of one image that do not count. */
  lightMatchStepsMax: 300_000,
  /** How long a command reads one document that is not small, or all hostile ones of one tree. */
  documentReadMs: 20_000,
  /** Memory of the thread that reads what strangers attached, in MiB. */
  strangersThreadMiBMax: 256,
  /** Memory of the thread that reads large documents of trusted signers, in MiB. */
  trustedThreadMiBMax: 512,
  /** How long a server tries a policy for a what-if question. */
  trialMs: 60_000,
  /** Memory of the thread that tries it, in MiB. */
  trialThreadMiBMax: 256,
  /** Facts of one image with large documents that are recorded with a decision. */
  factsOfHeavyImageBytesMax: 8 * 1024 * 1024,
  /** How long a writer waits for a lock. */
  lockWaitMs: 5_000,
  /** How long a connection to a database server may take. */
  serverConnectMs: 10_000,
  /** How long a writer on a database server waits for others of its shard. */
  serverLockWaitMs: 60_000,
  /** How long one statement of a question may take on a database server. */
  serverQuestionMs: 30_000,
  /** How long one statement of a writer may take there, or a pause within its transaction. */
  serverWriteMs: 600_000,
  /** Rows of one page of an answer. */
  pageRowsMax: 1_000,
  /** Packages that one name may mean in a question; that there are more is reported. */
  questionPackagesMax: 1_000,
  /** Package versions that one question may be about. */
  questionVersionsMax: 20_000,
  /** Versions that an answer names because they could not be compared with a range. */
  notComparedMax: 100,
  /** Names that are kept of one vulnerability that a scan reports. */
  reportedNamesMax: 20,
  /** Findings of scans that one answer about an exposure names. */
  claimedFindingsMax: 1_000,
  /** Components of images without a release that one answer about an exposure names. */
  unreleasedImagesMax: 100,
  /** Components that an answer names because no feed covers them, or nothing can match them. */
  notCoveredMax: 100,
  /** Of these, and of the releases that hold them, where an answer only counts them. */
  notCoveredExamplesMax: 5,
  /** Names that are searched for similar ones when a name is unknown. */
  nearNamesScannedMax: 20_000,
  /** Components shown for one release; that there are more is reported. */
  releaseComponentsMax: 20,
  /** Deployments shown in one answer about an exposure; that there are more is reported. */
  exposureDeploymentsMax: 1_000,
  /** Indexes and members of one image. */
  relatedImagesMax: 10_000,
  /** Nodes of one observation of a cluster. */
  nodesMax: 20_000,
  /** Pods of one observation of a cluster. */
  podsMax: 200_000,
  /** Objects that a watch asks for at once; the API server names the next page. */
  watchPageObjectsMax: 500,
  /** One page of a list of a cluster, in bytes. */
  watchPageBytesMax: 64 * 1024 * 1024,
  /** One event of a watch; an object of Kubernetes has at most 1.5 MiB in its store. */
  watchEventBytesMax: 8 * 1024 * 1024,
  /** A watch without an event or a bookmark for so long is opened again. */
  watchSilenceMs: 150_000,
  /** The longest pause before a list or a watch is tried again. */
  watchPauseMs: 30_000,
  /** Observations that wait for a server that is away, in bytes on the disk. */
  watchSpoolBytesMax: 256 * 1024 * 1024,
  /** The same, as a number. */
  watchSpoolMax: 5_000,
  /** After so long, a watch sends everything that runs again instead of what changed. */
  watchWholeMs: 3_600_000,
  /** Observations of changes that are read back to a whole observation of a cluster. */
  observationChangesMax: 5_000,
  /** Output of `kubectl get -o json`, in bytes. */
  clusterListBytesMax: 256 * 1024 * 1024,
  /** One runtime event. */
  runtimeEventBytesMax: 256 * 1024,
  /** Runtime events in one import. */
  runtimeEventsMax: 1_000_000,
  /** Bytes of runtime events in one import. */
  runtimeEventsBytesMax: 256 * 1024 * 1024,
  /** Runtime events of one rule and workload that are kept one by one; more are only counted. */
  runtimeEventsKeptMax: 100,
  /** Runtime events of one import that are kept one by one. */
  runtimeEventsKeptTotalMax: 10_000,
  /** Documents that one row of an answer names as its evidence. */
  rowEvidenceMax: 5,
  /** Releases that one name may mean in a question; the newest are taken. */
  subjectReleasesMax: 100,
  /** Images that one name may mean in a question. */
  subjectImagesMax: 1_000,
  /** Releases checked, newest first, for a missing or partial inventory. */
  unknownExposureScannedMax: 5_000,
  /** Releases of unknown exposure that an answer names. */
  unknownExposureMax: 100,
  /** Events of one kind in a timeline; that there are more is reported. */
  timelineEventsMax: 10_000,
  /** SBOMs that are read for one answer: why a component is present, or its licence. */
  whyDocumentsMax: 10,
  /** One document that is read for an answer; a larger one is reported as unread. */
  whyDocumentBytesMax: 32 * 1024 * 1024,
  /** Shortest paths to a component that one SBOM tells. */
  whyPathsMax: 20,
  /** Components explained in one answer. */
  whyComponentsMax: 100,
  /** VEX documents read for one answer. */
  vexDocumentsMax: 200,
  /** Standing questions of one home. */
  standingQuestionsMax: 1_000,
  /** Rows that are remembered of the answer to a standing question. */
  standingRowsMax: 20_000,
  /** One delivery of a notice. */
  noticeMs: 15_000,
  /** One request of GraphQL. */
  graphqlBytesMax: 256 * 1024,
  /** Levels of a request of GraphQL. */
  graphqlDepthMax: 20,
  /** Fields of a request of GraphQL; a fragment counts wherever it is used. */
  graphqlFieldsMax: 2_000,
  /** Brackets within each other in a request of GraphQL, before it is read. */
  graphqlBracketsMax: 64,
  /** Fields of a request of GraphQL about the schema itself. */
  graphqlSchemaFieldsMax: 300,
  /** Questions that a request of GraphQL may ask, one for each row that a page may have. */
  graphqlQuestionsMax: 250,
  /** Entries whose documents one run of retention removes. */
  retentionEntriesMax: 100_000,
  /** Spans that wait for the next batch to the collector. */
  traceSpansMax: 4_000,
  /** The slowest questions that a server shows of each tenant. */
  slowQuestionsMax: 20,
  /** Tenants that one server keeps open, each with two threads of its own. */
  serverTenantsMax: 16,
  /** Bytes of all documents in the inbox of a home. */
  inboxBytesMax: 2 * 1024 * 1024 * 1024,
  /** Documents in the inbox of a home. */
  inboxDocumentsMax: 10_000,
  /** Idempotency keys that a server remembers. */
  idempotencyKeysMax: 100_000,
  /** Documents that an exported answer names, each with its proof. */
  answerDocumentsMax: 5_000,
  /** Statements of a VEX document, and the products that they name. */
  vexProductsMax: 50_000,
  /** One VEX document. */
  vexDocumentBytesMax: 8 * 1024 * 1024,
  /** Characters of one text of a VEX statement that is written. */
  vexTextMax: 1_000,
  /** Clusters that one place may mean. */
  placeClustersMax: 10_000,
  /** Inputs that one policy is tried on in one run. */
  whatIfSubjectsMax: 100_000,
  /** Everything that `verify` requests from a registry. */
  verifyMs: 15_000,
  /** Time to gather the evidence of one image in an audit. */
  auditImageMs: 30_000,
  /** Lines about decisions in the log of a server, in one second. */
  decisionLinesMax: 200,
  /** Of these, about what one address asks. */
  decisionLinesPerAddressMax: 50,
  /** Time to scan one image again and to attach the scan, its layers included. */
  rescanImageMs: 600_000,
  /** Content by digest that audits keep from one to the next; a cache over the limit is emptied. */
  auditCacheBytesMax: 1024 * 1024 * 1024,
  /** Images in a row for which one registry gave no answer, before an audit asks it less often. */
  auditSilentMax: 8,
  /** How often a registry that gives no answer is asked again in an audit. */
  auditSilentMs: 10_000,
  /** Rows of one table that a status counts. */
  statusRowsMax: 2_000_000,
  /** One commit object of git. */
  commitBytesMax: 16 * 1024 * 1024,
  /** Parents of one commit. */
  commitParentsMax: 1_000,
  /** One SSH signature, with its armour. */
  sshSignatureBytesMax: 64 * 1024,
  /** One OpenPGP signature, with its armour. */
  pgpSignatureBytesMax: 64 * 1024,
  /** One CMS signature of a commit, with its armour. */
  cmsSignatureBytesMax: 256 * 1024,
  /** One file of OpenPGP public keys. */
  keyringBytesMax: 16 * 1024 * 1024,
  /** Packets of one file of OpenPGP public keys. */
  keyringPacketsMax: 100_000,
  /** Files of OpenPGP public keys, or of root certificates, of one question. */
  keyringsMax: 100,
  /** Commits of one question. */
  commitsMax: 10_000,
  /** Files and folders of one tree of git that are looked at. */
  treeEntriesMax: 1_000_000,
} as const;
