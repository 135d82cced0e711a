"""PAN-OS: which field stands where in a line of each type.

Source: Palo Alto Networks, PAN-OS Administrator's Guide, "Syslog Field Descriptions", 8.0 to 11.1: names are those of
the variables there. New versions add fields at the end, so one table serves them all; the types that were arranged
otherwise have a table for that. ``-`` is a field that the guide says nothing of.
"""

from __future__ import annotations

from typing import Final

_START: Final = "- receive_time serial type subtype config_ver time_generated"
_ENDS: Final = (
    "src dst natsrc natdst rule srcuser dstuser app vsys from to inbound_if outbound_if logset time_received sessionid"
    " repeatcnt sport dport natsport natdport flags proto action"
)
_GROUPS: Final = "dg_hier_level_1 dg_hier_level_2 dg_hier_level_3 dg_hier_level_4"
_DEVICE: Final = f"{_GROUPS} vsys_name device_name"
_PLACE: Final = f"seqno actionflags {_DEVICE}"
_END_DEVICES: Final = " ".join(
    f"{end}_{name}"
    for end in ("src", "dst")
    for name in ("category", "profile", "model", "vendor", "osfamily", "osversion", "host", "mac")
)
_PODS: Final = "container_id pod_namespace pod_name src_edl dst_edl"
_APP: Final = "subcategory_of_app category_of_app technology_of_app risk_of_app characteristic_of_app container_of_app"
_SANCTIONED: Final = "is_saas_of_app sanctioned_state_of_app"

_LAYOUTS: Final = {
    "TRAFFIC": f"{_START} {_ENDS} bytes bytes_sent bytes_received packets start elapsed category - seqno actionflags"
    f" srcloc dstloc - pkts_sent pkts_received session_end_reason {_DEVICE} action_source src_uuid dst_uuid tunnelid"
    " monitortag parent_session_id parent_start_time tunnel assoc_id chunks chunks_sent chunks_received rule_uuid"
    " http2_connection link_change_count policy_id link_switches sdwan_cluster sdwan_device_type sdwan_cluster_type"
    f" sdwan_site dynusergroup_name xff_ip {_END_DEVICES} {_PODS} hostid serialnumber src_dag dst_dag session_owner"
    f" high_res_timestamp nsdsai_sst nsdsai_sd {_APP} tunneled_app {_SANCTIONED} offloaded flow_type cluster_name",
    "THREAT": f"{_START} {_ENDS} misc threatid category severity direction seqno actionflags srcloc dstloc -"
    " contenttype pcap_id filedigest cloud url_idx user_agent filetype xff referer sender subject recipient reportid"
    f" {_DEVICE} - src_uuid dst_uuid http_method tunnelid monitortag parent_session_id parent_start_time tunnel"
    " thr_category contentver - assoc_id ppid http_headers url_category_list rule_uuid http2_connection"
    f" dynusergroup_name xff_ip {_END_DEVICES} {_PODS} hostid serialnumber domain_edl src_dag dst_dag partial_hash"
    f" high_res_timestamp reason justification nssai_sst {_APP} tunneled_app {_SANCTIONED} cloud_reportid cluster_name"
    " flow_type",
    "TUNNEL": f"{_START} {_ENDS} severity seqno actionflags srcloc dstloc {_DEVICE} tunnelid monitortag"
    " parent_session_id parent_start_time tunnel bytes bytes_sent bytes_received packets pkts_sent pkts_received"
    " max_encap unknown_proto strict_check tunnel_fragment sessions_created sessions_closed session_end_reason"
    " action_source start elapsed tunnel_insp_rule remote_user_ip remote_user_id rule_uuid pcap_id dynusergroup_name"
    f" src_edl dst_edl high_res_timestamp nsdsai_sd nsdsai_sst pdu_session_id {_APP} {_SANCTIONED} cluster_name",
    "DECRYPTION": f"{_START} {_ENDS} tunnel - - src_uuid dst_uuid rule_uuid hs_stage_c2f hs_stage_f2s tls_version"
    " tls_keyxchg tls_enc tls_auth policy_name ec_curve err_index root_status chain_status proxy_type cert_serial"
    " fingerprint notbefore notafter cert_ver cert_size cn_len issuer_len rootcn_len sni_len cert_flags cn issuer_cn"
    f" root_cn sni error {_PODS} src_dag dst_dag high_res_timestamp {_END_DEVICES} {_PLACE} vsys_id {_APP}"
    f" tunneled_app {_SANCTIONED} cluster_name",
    "GTP": f"{_START} src dst - - rule - - app vsys from to inbound_if outbound_if logset - sessionid - sport dport - -"
    " - proto action event_type msisdn apn rat msg_type end_ip_adr teid1 teid2 gtp_interface cause_code severity mcc"
    " mnc area_code cell_id event_code - - srcloc dstloc - - - - - - - imsi imei - - - - - - - - - - - - - - - - start"
    " elapsed tunnel_insp_rule remote_user_ip remote_user_id rule_uuid pcap_id high_res_timestamp nsdsai_sst nsdsai_sd"
    f" {_APP} {_SANCTIONED}",
    "SCTP": f"{_START} src dst - - rule - - - vsys from to inbound_if outbound_if logset - sessionid repeatcnt sport"
    f" dport - - - - proto action {_DEVICE} seqno - assoc_id ppid severity sctp_chunk_type - verif_tag_1 verif_tag_2"
    " sctp_cause_code diam_app_id diam_cmd_code diam_avp_code stream_id assoc_end_reason op_code sccp_calling_ssn"
    " sccp_calling_gt sctp_filter chunks chunks_sent chunks_received packets pkts_sent pkts_received rule_uuid"
    " high_res_timestamp",
    "CONFIG": f"{_START} host vsys cmd admin client result path {_PLACE} dg_id comment - high_res_timestamp",
    "SYSTEM": f"{_START} vsys eventid object - - module severity opaque {_PLACE} - - high_res_timestamp",
    "HIPMATCH": f"{_START} srcuser vsys machinename os src matchname repeatcnt matchtype - - {_PLACE} vsys_id srcipv6"
    " hostid serialnumber mac high_res_timestamp cluster_name",
    "GLOBALPROTECT": f"{_START} vsys eventid stage auth_method tunnel_type srcuser srcregion machinename public_ip"
    " public_ipv6 private_ip private_ipv6 hostid serialnumber client_ver client_os client_os_ver repeatcnt reason"
    " error opaque status location login_duration connect_method error_code portal seqno actionflags"
    f" high_res_timestamp selection_type response_time priority attempted_gateways gateway {_DEVICE} vsys_id"
    " cluster_name",
    "USERID": f"{_START} vsys ip user datasourcename eventid repeatcnt timeout beginport endport datasource"
    f" datasourcetype {_PLACE} vsys_id factortype factorcompletiontime factorno ugflags userbysource tag_name"
    " high_res_timestamp origindatasource - cluster_name",
    "IPTAG": f"{_START} vsys ip tag_name event_id repeatcnt timeout datasourcename datasource_type datasource_subtype"
    f" {_PLACE} vsys_id high_res_timestamp cluster_name",
    "AUTHENTICATION": f"{_START} vsys ip user normalize_user object authpolicy repeatcnt authid vendor logset"
    f" serverprofile desc clienttype event factorno {_PLACE} vsys_id authproto rule_uuid high_res_timestamp"
    " src_category src_profile src_model src_vendor src_osfamily src_osversion src_host src_mac region - user_agent"
    " session_id cluster_name",
    "CORRELATION": f"{_START} src srcuser vsys category severity {_DEVICE} vsys_id objectname object_id evidence",
    "CONFIG with changes": f"{_START} host vsys cmd admin client result path before_change_detail after_change_detail"
    f" {_PLACE} dg_id comment - high_res_timestamp",
    "HIPMATCH, type later": "- receive_time serial seqno actionflags type subtype config_ver time_generated"
    f" {_DEVICE} vsys_id srcuser vsys machinename src matchname repeatcnt os matchtype - - srcipv6 hostid",
    "GLOBALPROTECT, type later": "- receive_time serial seqno actionflags type subtype config_ver time_generated vsys"
    " eventid stage auth_method tunnel_type srcuser srcregion machinename public_ip public_ipv6 private_ip private_ipv6"
    " hostid serialnumber client_ver client_os client_os_ver repeatcnt reason error opaque status location"
    " login_duration connect_method error_code portal",
    "OTHER": _START,
    "AUDIT": "serial time_generated subtype config_ver eventid object cmd severity",
}

NAMES: Final = {
    kind: tuple(f"field_{place}" if name == "-" else name for place, name in enumerate(names.split(), 1))
    for kind, names in _LAYOUTS.items()
}
"""Names by position, by the type of the log; a field that has none is named by its place."""

NAMELESS: Final = {kind: tuple(name for name in names if name.startswith("field_")) for kind, names in NAMES.items()}
"""Those that the guide says nothing of."""

SAME: Final = {"HIP-MATCH": "HIPMATCH", "START": "TUNNEL", "END": "TUNNEL", "AUTH": "AUTHENTICATION", "IP-TAG": "IPTAG"}
"""Types that are written in two ways; tunnel inspection writes the beginning or the end of a session as its type."""

OLD_PLACE: Final = 5
"""Where HIP Match (8.0.5 to 8.0.10) and GlobalProtect (9.1.0 to 9.1.2) had the type; others: fourth."""
