"""The files that the demonstration hands in as evidence: one-page PDFs that say on their face that they are examples."""

from __future__ import annotations

from django.core.files.uploadedfile import SimpleUploadedFile


def example_pdf(name: str, label: str) -> SimpleUploadedFile:
    """A small valid PDF named ``name``.pdf whose page carries the (Latin) label and the word EXAMPLE."""
    lines = ("EXAMPLE - NOT A REAL DOCUMENT", f"Jiandi demonstration evidence, measure {label}")
    text = f"BT /F1 24 Tf 60 720 Td ({lines[0]}) Tj 0 -48 Td /F1 16 Tf ({lines[1]}) Tj ET"
    bodies = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, offsets = "%PDF-1.4\n", []
    for number, body in enumerate(bodies, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(bodies) + 1
    out += f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    return SimpleUploadedFile(f"{name}.pdf", out.encode("latin-1"), content_type="application/pdf")
