"""Every type of resource of both warehouses, and what becomes of it: a rule judges it, it is
harmless for a reason, or it is not judged, which `unknowns-named` says in every run.

A test holds the lists against the SDKs that are installed, so that a new type cannot slip by.
What holds credentials is harmless only in what it gives: `secrets-marked` judges every type.
"""

from __future__ import annotations

from functools import cache

from .kinds import LEGACY_GRANTS, LEGACY_ROLE_OF, OWNERSHIP, TOKENS, databricks, snowflake

# A rule about access has it among its kinds; the test asks the rules.
JUDGED = databricks(
    *("AccessControlRuleSet", "AccountFederationPolicy", "AccountIamDirectGroupMemberV2"),
    *("AccountIamGroupV2", "AccountIamWorkspaceAssignmentV2", "AccountNetworkPolicy"),
    *("AccountSettingV2", "AibiDashboardEmbeddingAccessPolicySetting"),
    *("AibiDashboardEmbeddingApprovedDomainsSetting", "Alert", "AlertV2", "App"),
    *("AppSpace", "ArtifactAllowlist", "Catalog", "Cluster", "ClusterPolicy", "Connection"),
    *("Credential", "CustomAppIntegration", "Entitlements", "ExternalLocation"),
    *("ExternalMetadata", "GitCredential", "Grant", "Grants", "Group", "GroupInstanceProfile"),
    *("GroupMember", "GroupRole", "InstancePool", "InstanceProfile", "IpAccessList", "Job"),
    *("Directory", "DisableLegacyAccessSetting", "DisableLegacyDbfsSetting", "Metastore"),
    *("MetastoreDataAccess", "ModelServing", "Mount", "MwsPermissionAssignment"),
    *("MwsWorkspaces", "OboToken"),
    *("PermissionAssignment", "Permissions", "Pipeline", "PolicyInfo", "PostgresBranch"),
    *("PostgresDataApi", "PostgresDatabase", "PostgresEndpoint", "PostgresRole", "Query"),
    *("Recipient", "RegisteredModel", "RestrictWorkspaceAdminsSetting", "Schema", "SecretAcl"),
    *("SecretScope", "SecretUc", "ServicePrincipal", "ServicePrincipalFederationPolicy"),
    *("ServicePrincipalRole", "ServicePrincipalSecret", "Share", "SqlDashboard"),
    *("SqlEndpoint", "SqlGlobalConfig", "SqlPermissions", "SqlQuery", "SqlTable"),
    *("StorageCredential", "Table"),
    *("Token", "User", "UserInstanceProfile", "UserRole", "Volume", "WorkspaceConf"),
    *("WorkspaceIamDirectGroupMemberV2", "WorkspaceIamGroupV2"),
    *("WorkspaceIamWorkspaceAssignmentV2", "WorkspaceSettingV2"),
) | snowflake(
    *("Account", "AccountParameter", "Alert", "AuthenticationPolicy"),
    *("ApiAuthenticationIntegrationWithAuthorizationCodeGrant",),
    *("ApiAuthenticationIntegrationWithClientCredentials",),
    *("ApiAuthenticationIntegrationWithJwtBearer", "ApiIntegration"),
    *("ApiIntegrationAmazonApiGateway", "ApiIntegrationAzureApiManagement"),
    *("ApiIntegrationExternalMcpDynamicClient", "ApiIntegrationExternalMcpOauth2"),
    *("ApiIntegrationGitRepositoryGithubApp", "ApiIntegrationGitRepositoryOauth2"),
    *("ApiIntegrationGitRepositoryPrivateLink", "ApiIntegrationGitRepositoryToken"),
    *("ApiIntegrationGoogleCloudApiGateway", "CatalogIntegrationIcebergRest"),
    *("CatalogIntegrationOpenCatalog", "CortexSearchService", "CurrentAccount"),
    *("CurrentOrganizationAccount", "Database", "DynamicTable", "Execute"),
    *("ExternalAccessIntegration", "ExternalFunction", "ExternalOauthIntegration"),
    *("FailoverGroup", "FunctionJava", "FunctionJavascript", "FunctionPython", "FunctionScala"),
    *("FunctionSql", "GrantAccountRole", "GrantApplicationRole", "GrantDatabaseRole"),
    *("GrantOwnership", "GrantPrivilegesToAccountRole", "GrantPrivilegesToDatabaseRole"),
    *("GrantPrivilegesToShare", "JobService", "LegacyServiceUser", "Listing", "ManagedAccount"),
    *("MaskingPolicy", "MaterializedView", "NetworkPolicy", "NetworkRule"),
    *("OauthIntegrationForCustomClients", "OauthIntegrationForPartnerApplications"),
    *("OpenflowRuntime", "Pipe", "PrimaryConnection", "ProcedureJava", "ProcedureJavascript"),
    *("ProcedurePython", "ProcedureScala", "ProcedureSql", "RowAccessPolicy"),
    *("Saml2Integration", "ScimIntegration", "Service", "ServiceUser", "Share"),
    *("StorageIntegration", "StorageIntegrationAws", "StorageIntegrationAzure"),
    *("StorageIntegrationGcs", "Streamlit", "Task", "User", "UserAuthenticationPolicyAttachment"),
    *("UserProgrammaticAccessToken", "UserPublicKeys", "View"),
)
_HARMLESS = {
    "an identity or a role by itself: what it gets is judged where it is given": databricks(
        "AccountIamServicePrincipalV2",
        "AccountIamUserV2",
        "WorkspaceIamServicePrincipalV2",
        "WorkspaceIamUserV2",
        "WorkspaceIamWorkspaceIdentityDetailV2",
    )
    | snowflake("AccountRole", "DatabaseRole"),
    "holds data: who reads it is a grant, which is judged": databricks(
        *("AiSearchEndpoint", "AiSearchIndex", "DatabaseDatabaseCatalog"),
        *("OnlineStore", "OnlineTable", "PostgresCatalog"),
        *("PostgresCdfConfig", "PostgresSnapshotSchedule"),
        *("SystemSchema", "VectorSearchEndpoint", "VectorSearchIndex"),
        *("FeatureEngineeringFeature", "MaterializedFeaturesFeatureTag", "MetastoreProvider"),
    )
    | snowflake(
        *("ExternalTable", "ExternalVolume", "HybridTable", "IcebergTable"),
        *("IcebergTableFromAwsGlue", "IcebergTableFromDeltaFiles", "IcebergTableFromFiles"),
        *("IcebergTableFromRest", "ImageRepository", "Schema"),
        *("SecondaryConnection", "SecondaryDatabase", "SemanticView", "Sequence"),
        *("SharedDatabase", "Stage", "StageExternalAzure", "StageExternalGcs"),
        *("StageExternalS3", "StageExternalS3Compatible", "StageInternal"),
        *("StreamOnDirectoryTable", "StreamOnExternalTable", "StreamOnTable", "StreamOnView"),
        *("Table", "TableConstraint"),
    ),
    "compute: who uses it is in Permissions or a grant, which are judged": databricks(
        *("ModelServingProvisionedThroughput", "Sandbox", "WarehousesDefaultWarehouseOverride")
    )
    | snowflake("ComputePool", "Warehouse", "WarehouseAdaptive", "WarehouseInteractive"),
    "code in a file: who runs it has their own rights, and what runs it is judged": databricks(
        *("DbfsFile", "File", "Notebook", "Repo", "WorkspaceFile"),
        *("EnvironmentsWorkspaceBaseEnvironment",),
        *("MlflowExperiment", "MlflowModel", "AppsSettingsCustomTemplate"),
    )
    | snowflake("GitRepository", "Notebook"),
    "an agent or its memory: it asks as the person who asks it": databricks(
        *("AgentKitManagedMemoryEntry", "AgentKitManagedMemoryStore", "AgentKitSession"),
        *("AgentKitSessionStore", "AiGatewayMcpService", "AiGatewayModelProviderService"),
        *("AiGatewayModelService", "KnowledgeAssistant", "KnowledgeAssistantKnowledgeSource"),
        *("SupervisorAgent", "SupervisorAgentTool"),
    )
    | snowflake("CortexAgent", "IntelligenceCortexAgentAttachment"),
    "the platform's own wiring between its cloud account and Databricks": databricks(
        *("DisasterRecoveryFailoverGroup", "DisasterRecoveryStableUrl", "Endpoint"),
        *("MetastoreAssignment", "MwsCredentials", "MwsCustomerManagedKeys", "MwsLogDelivery"),
        *("MwsNccBinding", "MwsNccPrivateEndpointRule", "MwsNetworkConnectivityConfig"),
        *("MwsNetworks", "MwsPrivateAccessSettings", "MwsStorageConfigurations"),
        *("MwsVpcEndpoint", "PrivateNetworkGateway", "WorkspaceNetworkOption"),
    )
    | snowflake(
        *("CatalogIntegrationAwsGlue", "CatalogIntegrationObjectStorage"),
        *("OpenflowDeploymentByoc", "OpenflowDeploymentSnowflakeManaged", "OpenflowConnector"),
    ),
    "says which workspaces see a securable: grants in it hold all the same": databricks(
        "CatalogWorkspaceBinding", "WorkspaceBinding"
    ),
    "takes away, or sets a limit: what it attaches is judged where it is made": snowflake(
        *("AccountAuthenticationPolicyAttachment", "AccountPasswordPolicyAttachment"),
        *("AccountSessionPolicyAttachment", "NetworkPolicyAttachment", "PasswordPolicy"),
        *("ResourceMonitor", "SessionPolicy", "StorageLifecyclePolicy"),
        *("TableColumnMaskingPolicyApplication", "TableStorageLifecyclePolicyAttachment"),
        *("UserPasswordPolicyAttachment", "UserSessionPolicyAttachment"),
    )
    | databricks("BudgetPolicy", "Budget"),
    "a label: the policy that goes by it is judged where it is made": databricks(
        *("DataClassificationCatalogConfig", "Domain", "EntityTagAssignment", "TagPolicy"),
        *("WorkspaceEntityTagAssignment",),
    )
    | snowflake("Tag", "TagAssociation"),
    "a setting of the workspace that gives nobody anything": databricks(
        *("AccountSettingUserPreferenceV2", "AutomaticClusterUpdateWorkspaceSetting"),
        *("ComplianceSecurityProfileWorkspaceSetting", "DefaultNamespaceSetting"),
        *("DisableLegacyFeaturesSetting", "EnhancedSecurityMonitoringWorkspaceSetting"),
        *("RfaAccessRequestDestinations",),
    ),
    "looks at data, and writes numbers about it": databricks(
        *("DataQualityMonitor", "DataQualityRefresh", "LakehouseMonitor", "QualityMonitor"),
        *("QualityMonitorV2", "SqlVisualization", "SqlWidget", "SqlAlert"),
    ),
    "sends word, not data; Snowflake mails only its users": databricks(
        "MlflowWebhook", "NotificationDestination"
    )
    | snowflake("EmailNotificationIntegration"),
    "a credential in a store: who reads it is judged": databricks("Secret")
    | snowflake(
        *("SecretWithAuthorizationCodeGrant", "SecretWithBasicAuthentication"),
        *("SecretWithClientCredentials", "SecretWithGenericString"),
    ),
    "how files are read": snowflake(
        *("FileFormat", "FileFormatAvro", "FileFormatCsv", "FileFormatJson", "FileFormatOrc"),
        *("FileFormatParquet", "FileFormatXml"),
    ),
}
HARMLESS = {kind: reason for reason, kinds in _HARMLESS.items() for kind in kinds}
_NOT_JUDGED = {
    "its code runs on every cluster, as whoever uses it.": databricks("GlobalInitScript"),
    "its code runs for others, as whoever uses the compute.": databricks(
        "EnvironmentsDefaultWorkspaceBaseEnvironment", "Library"
    ),
    "with embedded credentials, who may open it reads as whoever published it.": databricks(
        "Dashboard"
    ),
    "what a message holds leaves the account with it.": snowflake("NotificationIntegration"),
    "what its tools may do stands in its specification, in words.": snowflake("McpServer"),
    "a parameter of an object can loosen what a policy sets for the account.": snowflake(
        "ObjectParameter"
    ),
    "the roles of its own Postgres say who reads it, and most are made by SQL.": databricks(
        *("DatabaseInstance", "DatabaseSyncedDatabaseTable"),
        *("PostgresProject", "PostgresSyncedTable"),
    )
    | snowflake("PostgresInstance"),
    "who signs in there gets what another policy says.": frozenset(
        {"aws.identityproviderconfig", "aws.trustedtokenissuer"}
    ),
    "each certificate of that authority opens every role that trusts it.": frozenset(
        {"aws.trustanchor"}
    ),
}
# On AWS: who gets what is said by two ids, of which neither says what it stands for.
AWS_ASSIGNMENTS = frozenset(
    f"aws.{name}".lower()
    for name in (
        *("AccessEntry", "AccessGrant", "AccessGrantsLocation", "AccessPolicyAssociation"),
        *("AccountAssignment", "ApplicationAssignment", "DataLakeSettings"),
        *("DataShareAuthorization", "EndpointAuthorization", "ServerlessAccessPolicy"),
        *("SnapshotCreateVolumePermission",),
        *("Assignment", "PodIdentityAssociation", "PrincipalPermissions", "UserToGroupAddition"),
        *("CustomerManagedPolicyAttachmentsExclusive", "DelegatedAdministrator"),
        *("Grant", "GroupMembership", "OptIn", "Permissions", "PolicyGrant", "PortfolioShare"),
        *("PrincipalAssociation", "PrincipalPortfolioAssociation", "PullTimeUpdateExclusion"),
        *("UserGroupMembership", "VpcEndpointServiceAllowedPrinciple"),
    )
)
NOT_JUDGED = {kind: reason for reason, kinds in _NOT_JUDGED.items() for kind in kinds}
NOT_JUDGED |= dict.fromkeys(
    AWS_ASSIGNMENTS, "it gives a principal of AWS something that is named by an id only."
)
# As SDKs before today's have them.
OLDER = (
    LEGACY_GRANTS
    | LEGACY_ROLE_OF
    | OWNERSHIP
    | TOKENS
    | snowflake("GrantPrivilegesToRole", "OauthIntegration", "Role", "UnsafeExecute")
)


@cache
def known_kinds() -> frozenset[str]:
    """What this pack knows of, judged or not."""
    return JUDGED | OLDER | frozenset(HARMLESS) | frozenset(NOT_JUDGED)
