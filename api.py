import gradverify

report = gradverify.check("normalize")  # or "softmax.py:Softmax", or the class itself
print(report.verdict.name, "-", report.because)
for evidence in report.evidence:
    print(evidence.witness, "|", evidence.outcome.value, "|", evidence.strength.value)
