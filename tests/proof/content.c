/* Contents of AVPs that have a format of their own. Where none is known here, octets and texts are drawn. */
#include "content.h"

dia_bytes content_of(const dia_avp_def *avp)
{
    (void)avp;
    return (dia_bytes){ NULL, 0 };
}
