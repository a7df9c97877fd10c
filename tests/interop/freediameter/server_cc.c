/*
 * Three small freeDiameter extensions from one source, for tests and benches.
 *
 *  server_cc.fdx   answers every Credit-Control-Request (application 4,
 *                  command 272) with Result-Code 2001 and the request's
 *                  CC-Request-Type and CC-Request-Number; with a DiameterURI
 *                  behind its name it redirects them to that host for a minute
 *                  (3006, Redirect-Host-Usage ALL_REALM).
 *  loopback.fdx    (built with -DLOOPBACK_ONLY) makes the daemon listen on
 *                  127.0.0.1 only: the configuration word ListenOn silently
 *                  drops loopback addresses, the internal list does not.
 *  certificate.fdx (built with -DCERTIFICATE_ONLY) takes the certificate in the file
 *                  behind its name, and the key beside it (.key), in the place of
 *                  TLS_Cred: the daemon itself does not start with one that is wrong.
 *
 * Every dictionary object is looked up once, at load; the answer path does no
 * look-up by name of its own and takes no lock of its own.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#include <freeDiameter/extension.h>

#ifdef LOOPBACK_ONLY

static int entry(char *conf)
{
    struct sockaddr_in sin;

    (void)conf;
    memset(&sin, 0, sizeof sin);
    sin.sin_family = AF_INET;
    sin.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return fd_ep_add_merge(&fd_g_config->cnf_endpoints, (sSA *)&sin, sizeof sin, EP_FL_CONF | EP_ACCEPTALL);
}

EXTENSION_ENTRY("loopback", entry);

#elif defined CERTIFICATE_ONLY

static int entry(char *conf)
{
    gnutls_certificate_credentials_t ours = fd_g_config->cnf_sec_data.credentials;
    char key[512];
    int rc;

    snprintf(key, sizeof key, "%.*s.key", (int)(strrchr(conf, '.') - conf), conf);
    gnutls_certificate_free_keys(ours);
    rc = gnutls_certificate_set_x509_key_file(ours, conf, key, GNUTLS_X509_FMT_PEM);
    if (rc < 0)
        LOG_E("certificate: %s: %s", conf, gnutls_strerror(rc));
    return rc < 0 ? EINVAL : 0;
}

EXTENSION_ENTRY("certificate", entry);

#else

enum { AVP_RESULT, AVP_AUTH_APP, AVP_TYPE, AVP_NUMBER, AVP_HOST, AVP_USAGE, AVP_CACHE, AVP_COUNT };
enum { ALL_REALM = 2, MINUTE = 60 };

static const char *const avp_name[AVP_COUNT] = {
    [AVP_RESULT] = "Result-Code",
    [AVP_AUTH_APP] = "Auth-Application-Id",
    [AVP_TYPE] = "CC-Request-Type",
    [AVP_NUMBER] = "CC-Request-Number",
    [AVP_HOST] = "Redirect-Host",
    [AVP_USAGE] = "Redirect-Host-Usage",
    [AVP_CACHE] = "Redirect-Max-Cache-Time",
};

static struct dict_object *avp_model[AVP_COUNT];
static struct disp_hdl *handle;
static char *elsewhere; /* the URI that requests are redirected to; NULL: they are answered */

/* Read a 4-byte AVP of a request; 0 when found. */
static int get_u32(struct msg *msg, int which, uint32_t *value)
{
    struct avp *avp = NULL;
    struct avp_hdr *hdr = NULL;

    if (fd_msg_search_avp(msg, avp_model[which], &avp) != 0 || avp == NULL)
        return ENOENT;
    if (fd_msg_avp_hdr(avp, &hdr) != 0 || hdr->avp_value == NULL)
        return EINVAL;
    *value = hdr->avp_value->u32;
    return 0;
}

/* Append a 4-byte AVP to an answer. */
static int put_u32(struct msg *msg, int which, uint32_t value)
{
    struct avp *avp = NULL;
    union avp_value v;
    int rc;

    memset(&v, 0, sizeof v);
    v.u32 = value;
    rc = fd_msg_avp_new(avp_model[which], 0, &avp);
    if (rc == 0)
        rc = fd_msg_avp_setvalue(avp, &v);
    if (rc == 0)
        rc = fd_msg_avp_add(msg, MSG_BRW_LAST_CHILD, avp);
    return rc;
}

static int put_text(struct msg *msg, int which, char *text)
{
    struct avp *avp = NULL;
    union avp_value v;
    int rc;

    memset(&v, 0, sizeof v);
    v.os.data = (uint8_t *)text;
    v.os.len = strlen(text);
    rc = fd_msg_avp_new(avp_model[which], 0, &avp);
    if (rc == 0)
        rc = fd_msg_avp_setvalue(avp, &v);
    if (rc == 0)
        rc = fd_msg_avp_add(msg, MSG_BRW_LAST_CHILD, avp);
    return rc;
}

/* *msg becomes the answer, with the E bit. */
static int redirect(struct msg **msg)
{
    int rc = fd_msg_new_answer_from_req(fd_g_config->cnf_dict, msg, MSGFL_ANSW_ERROR);

    if (rc == 0)
        rc = fd_msg_rescode_set(*msg, "DIAMETER_REDIRECT_INDICATION", NULL, NULL, 1);
    if (rc == 0)
        rc = put_text(*msg, AVP_HOST, elsewhere);
    if (rc == 0)
        rc = put_u32(*msg, AVP_USAGE, ALL_REALM);
    if (rc == 0)
        rc = put_u32(*msg, AVP_CACHE, MINUTE);
    return rc;
}

static int on_ccr(struct msg **msg, struct avp *avp, struct session *sess, void *opaque, enum disp_action *action)
{
    struct msg_hdr *hdr = NULL;
    uint32_t type = 0, number = 0;
    int rc;

    (void)avp;
    (void)sess;
    (void)opaque;

    rc = fd_msg_hdr(*msg, &hdr);
    if (rc != 0)
        return rc;
    if ((hdr->msg_flags & CMD_FLAG_REQUEST) == 0)
        return 0; /* an answer: not ours */
    if (elsewhere != NULL) {
        *action = DISP_ACT_SEND;
        return redirect(msg);
    }

    /* Both are mandatory in CCR, so the dictionary rules already hold. */
    rc = get_u32(*msg, AVP_TYPE, &type);
    if (rc == 0)
        rc = get_u32(*msg, AVP_NUMBER, &number);
    if (rc != 0)
        return rc;

    /* *msg becomes the answer: Session-Id and Proxy-Info are copied. */
    rc = fd_msg_new_answer_from_req(fd_g_config->cnf_dict, msg, 0);
    if (rc == 0)
        rc = put_u32(*msg, AVP_RESULT, 2001);
    if (rc == 0)
        rc = fd_msg_add_origin(*msg, 0);
    if (rc == 0)
        rc = put_u32(*msg, AVP_AUTH_APP, 4);
    if (rc == 0)
        rc = put_u32(*msg, AVP_TYPE, type);
    if (rc == 0)
        rc = put_u32(*msg, AVP_NUMBER, number);
    if (rc == 0)
        *action = DISP_ACT_SEND;
    return rc;
}

static int entry(char *conf)
{
    struct dictionary *dict = fd_g_config->cnf_dict;
    struct disp_when when;
    int code = 272, rc, i;
    application_id_t app = 4;

    elsewhere = conf;
    for (i = 0; i < AVP_COUNT; i++) {
        rc = fd_dict_search(dict, DICT_AVP, AVP_BY_NAME, avp_name[i], &avp_model[i], ENOENT);
        if (rc != 0) {
            LOG_E("server_cc: no AVP %s: load dict_dcca.fdx first", avp_name[i]);
            return rc;
        }
    }

    memset(&when, 0, sizeof when);
    rc = fd_dict_search(dict, DICT_APPLICATION, APPLICATION_BY_ID, &app, &when.app, ENOENT);
    if (rc == 0)
        rc = fd_dict_search(dict, DICT_COMMAND, CMD_BY_CODE_R, &code, &when.command, ENOENT);
    if (rc == 0)
        rc = fd_disp_register(on_ccr, DISP_HOW_CC, &when, NULL, &handle);
    if (rc == 0)
        rc = fd_disp_app_support(when.app, NULL, 1, 0);
    return rc;
}

void fd_ext_fini(void)
{
    if (handle != NULL)
        (void)fd_disp_unregister(&handle, NULL);
}

EXTENSION_ENTRY("server_cc", entry, "dict_dcca");

#endif
