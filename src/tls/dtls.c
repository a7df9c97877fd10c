/* DTLS over messages: see tls.h. */
#include "end.h"

BIO_METHOD *dia_tls_message_bio(void)
{
    return BIO_meth_new(BIO_TYPE_MEM, "records");
}
