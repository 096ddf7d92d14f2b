// What is used of libxml2. Of the product only the target XMLTree imports this.
#ifndef GATEHOUSE_CXML2_SHIM_H
#define GATEHOUSE_CXML2_SHIM_H

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlmemory.h>

#endif
