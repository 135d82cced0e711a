"""Functions of KQL that are known and not honoured, each with the reason."""

from __future__ import annotations

from typing import Final

_REASONS: Final = {
    "the service or sign-in that it asks is not here": (
        "current_cluster_endpoint", "current_database", "current_principal", "current_principal_details",
        "current_principal_is_member_of", "fileprofile", "deviceprofile", "_getwatchlist", "_getwatchlistalias",
        "seenby", "workspace", "cluster", "database", "adx", "app", "resource", "stored_query_result", "table",
        "external_table", "restrict", "cosmosdb_sql_request", "azure_digital_twins_query_request", "http_request",
        "http_request_post", "sql_request", "mysql_request", "postgresql_request",
    ),
    "the same query must give the same rows": ("rand", "new_guid"),
    "it tells where the product keeps a row": (
        "cursor_after", "cursor_before_or_at", "cursor_current", "extent_id", "extent_tags", "ingestion_time",
        "estimate_data_size",
    ),
    "the hash is the product's own": ("hash", "hash_combine", "hash_many", "hash_xxhash64"),
    "guesses of counts are not made here; count exactly": (
        "dcount_hll", "dcount_intersect", "hll", "hll_if", "hll_merge", "percentile_tdigest",
        "percentile_array_tdigest", "percentrank_tdigest", "rank_tdigest", "tdigest", "tdigest_merge", "merge_tdigest",
    ),
    "it is not read yet": (
        "array_iff", "array_iif", "array_shift_left", "array_shift_right", "array_split", "assert",
        "bag_set_key", "bag_zip", "base64_decode_toarray", "base64_decode_toguid", "base64_encode_fromarray",
        "base64_encode_fromguid", "beta_cdf", "beta_inv", "beta_pdf", "bin_at", "bin_auto", "bitset_count_ones",
        "buildschema", "convert_angle", "convert_energy", "convert_force", "convert_length", "convert_mass",
        "convert_speed", "convert_temperature", "convert_volume", "cot", "datetime_list_timezones",
        "datetime_local_to_utc", "datetime_utc_to_local", "degrees", "erf", "erfc", "format_bytes", "format_ipv4_mask",
        "gamma", "gzip_compress_to_base64_string", "gzip_decompress_from_base64_string", "has_any_index",
        "has_any_ipv4_prefix", "has_ipv4_prefix", "ipv4_lookup", "ipv4_netmask_suffix", "ipv4_range_to_cidr_list",
        "ipv6_compare", "ipv6_is_match", "ipv6_lookup", "isutf8", "jaccard_index", "loggamma", "make_string",
        "monthname", "nth_element", "parse_csv", "parse_ipv6", "parse_ipv6_mask",
        "parse_user_agent", "parse_version", "pi", "punycode_domain_from_string", "punycode_domain_to_string",
        "punycode_from_string", "punycode_to_string", "radians", "acos", "asin", "atan", "atan2",
        "regex_quote", "row_rank_dense", "row_rank_min", "row_window_session", "set_equals", "to_utf8", "treepath",
        "unicode_codepoints_from_string", "unicode_codepoints_to_string", "welch_test", "zip",
        "zlib_compress_to_base64_string", "zlib_decompress_from_base64_string",
    ),
    "SQL has country(address), where a database was given": (
        "geo_info_from_ip_address", "geo_ip_to_country", "asim_lookup_geo",
    ),
}  # fmt: skip

REFUSED_FUNCTIONS: Final = {name: reason for reason, names in _REASONS.items() for name in names}
"""By name, in lower case."""

_FAMILIES: Final = {
    "series_": "series are not read", "geo_": "places on the globe are not read", "percentiles": "it is an aggregate",
}  # fmt: skip


def refusal(name: str) -> str:
    """Return why a function is not honoured; "" where there is none of the name."""
    known = REFUSED_FUNCTIONS.get(name.lower())
    if known:
        return known
    return next((reason for beginning, reason in _FAMILIES.items() if name.lower().startswith(beginning)), "")


_TABLES: Final = {
    "no log of a cloud is read here": (
        "SigninLogs", "AADNonInteractiveUserSignInLogs", "AADServicePrincipalSignInLogs",
        "AADManagedIdentitySignInLogs",
        "AADSignInEventsBeta", "AADSpnSignInEventsBeta", "EntraIdSignInEvents", "EntraIdSpnSignInEvents", "AuditLogs",
        "OfficeActivity", "AzureActivity", "AzureDiagnostics", "CloudAppEvents", "AWSCloudTrail", "AWSGuardDuty",
        "AWSVPCFlow", "GCP_DATA_ACCESS_CL", "GCPAuditLogs", "Okta_CL", "OktaSSO", "GitHubAuditLogPolling_CL",
        "AADRiskyUsers",
        "AADUserRiskEvents", "AADRiskyServicePrincipals", "AADProvisioningLogs", "MicrosoftGraphActivityLogs",
        "StorageBlobLogs", "StorageFileLogs", "KeyVaultData", "AKSAudit", "AKSAuditAdmin", "ContainerLog",
        "ContainerLogV2",
        "LAQueryLogs", "PowerBIActivity", "ProjectActivity", "McasShadowItReporting", "Dynamics365Activity",
        "BehaviorAnalytics", "UserPeerAnalytics", "UserAccessAnalytics", "ADFSSignInLogs", "CloudAuditEvents",
        "CloudProcessEvents", "CloudStorageAggregatedEvents", "OAuthAppInfo", "GraphApiAuditEvents", "AzureMetrics",
        "AppServiceHTTPLogs", "AzureDevOpsAuditing", "SalesforceServiceCloud_CL", "ExchangeAdmin",
    ),
    "no log of mail is read in this form": (
        "EmailEvents", "EmailAttachmentInfo", "EmailUrlInfo", "EmailPostDeliveryEvents", "UrlClickEvents",
        "MessageEvents", "MessageUrlInfo", "MessagePostDeliveryEvents", "CampaignInfo", "FileMaliciousContentInfo",
    ),
    "it is made by the product, not by a log": (
        "IdentityInfo", "IdentityAccountInfo", "ThreatIntelligenceIndicator", "ThreatIntelIndicators",
        "ThreatIntelObjects", "ExposureGraphNodes", "ExposureGraphEdges", "DeviceTvmSoftwareInventory",
        "DeviceTvmSoftwareVulnerabilities", "DeviceTvmSoftwareVulnerabilitiesKB",
        "DeviceTvmSecureConfigurationAssessment",
        "DeviceTvmSecureConfigurationAssessmentKB", "DeviceTvmSoftwareEvidenceBeta", "DeviceTvmInfoGathering",
        "DeviceTvmBrowserExtensions", "DeviceTvmHardwareFirmware", "DeviceTvmCertificateInfo", "SecurityIncident",
        "SecurityRecommendation", "Heartbeat", "Usage", "Operation", "Watchlist", "ConfidentialWatchlist", "Anomalies",
        "SentinelHealth", "HuntingBookmark", "DynamicSummary", "SentinelAudit", "BehaviorInfo", "BehaviorEntities",
        "DeviceBaselineComplianceAssessment",
        "Update", "UpdateSummary", "ConfigurationData", "ConfigurationChange", "VMConnection", "VMProcess",
        "VMComputer",
        "InsightsMetrics", "Perf", "ServiceMapProcess_CL", "DisruptionAndResponseEvents", "AIAgentsInfo",
    ),
    "it holds directory queries and changes that no log here records in this form": (
        "IdentityQueryEvents", "IdentityDirectoryEvents", "IdentityEvents",
    ),
    "it was replaced by AlertInfo and AlertEvidence": ("DeviceAlertEvents",),
    "no log of the cloud's network is read here": (
        "AzureNetworkAnalytics_CL", "NTANetAnalytics", "AZFWNetworkRule", "AZFWApplicationRule", "AZFWDnsQuery",
    ),
    "its fields are not read in this form": (
        "DeviceFileCertificateInfo", "VMBoundPort", "WireData", "NetworkMonitoring", "DnsInventory", "ProtectionStatus",
        "SecurityBaseline", "SecurityDetection", "Alert", "CarbonBlackEvents_CL", "CrowdStrikeFalconEventStream",
        "ASimAuditEventLogs", "ASimWebSessionLogs", "ASimUserManagementActivityLogs", "ASimDhcpEventLogs",
    ),
}  # fmt: skip

REFUSED_TABLES: Final = {name: reason for reason, names in _TABLES.items() for name in names}
"""Tables that are known and not honoured, each with the reason."""
