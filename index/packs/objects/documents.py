"""Documents about the CT phantom that hold no pixels: a selection of key images, and a PDF of one page."""

from phantoms.ct import STUDY
from phantoms.derived import axial_evidence, axial_reference
from phantoms.modules import DATE, TIME, code, composite, series
from phantoms.multiframe import group
from pydicom import uid as uids
from pydicom.dataset import Dataset

KEY_SLICES = (32, 44)
TITLE = "DICOM zoo: an encapsulated page"


def key_images() -> Dataset:
    """Return a Key Object Selection of two slices (PS3.3 section A.35.4)."""
    data = _document(uids.KeyObjectSelectionDocumentStorage, "KO", "key-images", 202)
    data.ContentDate, data.ContentTime = DATE, TIME
    data.ReferencedPerformedProcedureStepSequence = []
    data.CurrentRequestedProcedureEvidenceSequence = [axial_evidence()]
    data.ValueType, data.ContinuityOfContent = "CONTAINER", "SEPARATE"
    data.ConceptNameCodeSequence = [code("113000", "DCM", "Of Interest")]
    data.ContentTemplateSequence = group(MappingResource="DCMR", TemplateIdentifier="2010")
    data.ContentSequence = [
        *group(RelationshipType="CONTAINS", ValueType="IMAGE", ReferencedSOPSequence=[axial_reference(KEY_SLICES[0])]),
        *group(RelationshipType="CONTAINS", ValueType="IMAGE", ReferencedSOPSequence=[axial_reference(KEY_SLICES[1])]),
    ]
    return data


def pdf() -> Dataset:
    """Return an Encapsulated PDF of one page with one line of text (PS3.3 section A.45.1)."""
    data = _document(uids.EncapsulatedPDFStorage, "DOC", "page", 203)
    data.ConversionType, data.Laterality = "SYN", ""
    data.BurnedInAnnotation, data.DocumentTitle, data.MIMETypeOfEncapsulatedDocument = "NO", TITLE, "application/pdf"
    data.ContentDate, data.ContentTime, data.AcquisitionDateTime = DATE, TIME, DATE + TIME
    data.ConceptNameCodeSequence = []
    page = _page(TITLE)
    data.EncapsulatedDocumentLength = len(page)
    data.EncapsulatedDocument = page + b"\0" * (len(page) % 2)
    return data


def _document(sop_class: uids.UID, modality: str, name: str, number: int) -> Dataset:
    data = composite(sop_class, f"objects/documents/{name}", patient="CT", study=STUDY)
    series(data, modality, f"objects/documents/{name}/series", number, f"Phantom {name}")
    data.InstanceNumber = 1
    return data


def _page(text: str) -> bytes:
    """Return a PDF 1.4 file of one A6 page that says `text` (ISO 32000-1 section 7.5)."""
    stream = f"BT /F1 12 Tf 30 390 Td ({text}) Tj ET".encode("ascii")
    fonts = b"<< /Font << /F1 5 0 R >> >>"
    bodies = (
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 298 420] /Contents 4 0 R /Resources %s >>" % fonts,
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(stream), stream),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    )
    page, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(bodies, 1):
        offsets.append(len(page))
        page += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, len(page))
    return page + b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1) + table + trailer
