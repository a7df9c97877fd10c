/* The soundness of values that are not looked at on the fast way. */
#include "dict/value.h"

bool dia_value_is_sound(uint8_t type, dia_bytes value, dia_level level)
{
    const bool strict = level == DIA_LEVEL_STRICT;
    dia_uri uri;
    dia_filter_rule filter;
    dia_qos_rule qos;
    switch (type) {
    case DIA_TYPE_UTF8_STRING: return dia_utf8_valid(value);
    case DIA_TYPE_IDENTITY: return strict ? dia_is_host(value) || dia_identity_valid(value) : dia_is_identity(value);
    case DIA_TYPE_URI: return dia_uri_parse(value, &uri) == 0;
    /* The rules that 3GPP interfaces send take liberties with the syntax of RFC 6733, 4.3.1. */
    case DIA_TYPE_IP_FILTER_RULE: return !strict || dia_filter_rule_parse(value, &filter, NULL) == 0;
    case DIA_TYPE_QOS_FILTER_RULE: return !strict || dia_qos_rule_parse(value, &qos, NULL) == 0;
    default: return true;
    }
}
